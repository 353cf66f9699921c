-- +goose Up
-- What the account's people tell each other in a thread. It is never sent. The author's name is kept as it was: a person may leave.
create table tenant.conversation_notes (
    account_id      uuid        not null,
    note_id         uuid        not null,
    conversation_id uuid        not null,
    client_id       uuid        not null,
    author_id       uuid        not null,
    author_name     text        not null,
    text            text        not null check (char_length(text) between 1 and 2000),
    created_at      timestamptz not null,
    primary key (account_id, note_id),
    unique (account_id, client_id),
    foreign key (account_id, conversation_id) references tenant.conversations (account_id, conversation_id)
);
create index conversation_notes_thread on tenant.conversation_notes (account_id, conversation_id, created_at, note_id);

-- What was done with a conversation, by whom and when. Without actor_id it happened by itself, and cause says why. about_id is whom a
-- conversation was given to; grant_id the visit of support that opened it, noted once a visit.
create table tenant.conversation_events (
    account_id      uuid        not null,
    event_id        uuid        not null,
    conversation_id uuid        not null,
    kind            text        not null check (kind in ('closed', 'reopened', 'snoozed', 'assigned', 'unassigned', 'support_visit')),
    cause           text        not null default '' check (cause in ('', 'customer_wrote', 'snooze_over', 'cannot_answer')),
    actor_id        uuid,
    actor_name      text        not null default '',
    about_id        uuid,
    until           timestamptz,
    grant_id        uuid,
    at              timestamptz not null,
    primary key (account_id, event_id),
    unique (account_id, conversation_id, grant_id),
    foreign key (account_id, conversation_id) references tenant.conversations (account_id, conversation_id)
);
create index conversation_events_thread on tenant.conversation_events (account_id, conversation_id, at, event_id);

-- What a person has begun to write. One that was sent or emptied stays for a while without text: its revision keeps a late write out.
create table tenant.conversation_drafts (
    account_id      uuid        not null,
    user_id         uuid        not null,
    conversation_id uuid        not null,
    mode            text        not null check (mode in ('reply', 'note')),
    text            text        not null check (char_length(text) <= 4000),
    revision        bigint      not null,
    updated_at      timestamptz not null,
    primary key (account_id, user_id, conversation_id, mode),
    foreign key (account_id, conversation_id) references tenant.conversations (account_id, conversation_id)
);
create index conversation_drafts_conversation on tenant.conversation_drafts (account_id, conversation_id);

-- The second wall around all three, see 00009.
-- +goose StatementBegin
do $$
declare t text;
begin
    foreach t in array array['conversation_notes', 'conversation_events', 'conversation_drafts'] loop
        execute format('alter table tenant.%I enable row level security', t);
        execute format('alter table tenant.%I force row level security', t);
        execute format($p$create policy account_rows on tenant.%I
            using (account_id = nullif(current_setting('app.account_id', true), '')::uuid)
            with check (account_id = nullif(current_setting('app.account_id', true), '')::uuid)$p$, t);
        execute format('grant select, insert, update, delete on tenant.%I to parlor_app', t);
    end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
drop table tenant.conversation_drafts, tenant.conversation_events, tenant.conversation_notes;
