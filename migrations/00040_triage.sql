-- +goose Up
-- What the account's people do with a conversation. snoozed_until is null while it is snoozed until the customer writes.
alter table tenant.conversations
    add column status        text        not null default 'open' check (status in ('open', 'snoozed', 'closed')),
    add column snoozed_until timestamptz check (snoozed_until is null or status = 'snoozed'),
    add column assignee_id   uuid,
    add column starred       boolean     not null default false;

-- Each order of the list is one walk of one index, and so is the list of one person.
create index conversations_status on tenant.conversations (account_id, status, last_message_at desc, conversation_id desc);
create index conversations_assignee on tenant.conversations (account_id, assignee_id, status, last_message_at desc, conversation_id desc);
create index conversations_waiting on tenant.conversations (account_id, status, waiting_since, conversation_id) where waiting_since is not null;
create index conversations_closing on tenant.conversations (account_id, status, window_closes_at, conversation_id) where window_closes_at is not null;

-- Marked by a person as not read, although it was: a sign to come back to it.
alter table tenant.conversation_reads add column marked_unread boolean not null default false;

-- name_key is the name in small letters: two labels of one name would be one to everybody who reads.
create table tenant.labels (
    account_id uuid        not null references platform.accounts,
    label_id   uuid        not null,
    name       text        not null,
    name_key   text        not null,
    colour     text        not null,
    created_at timestamptz not null default now(),
    primary key (account_id, label_id),
    unique (account_id, name_key)
);
create table tenant.conversation_labels (
    account_id      uuid not null,
    conversation_id uuid not null,
    label_id        uuid not null,
    primary key (account_id, conversation_id, label_id),
    foreign key (account_id, conversation_id) references tenant.conversations (account_id, conversation_id),
    foreign key (account_id, label_id) references tenant.labels (account_id, label_id)
);
create index conversation_labels_label on tenant.conversation_labels (account_id, label_id, conversation_id);

-- The second wall around both, see 00009.
-- +goose StatementBegin
do $$
declare t text;
begin
    foreach t in array array['labels', 'conversation_labels'] loop
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
drop table tenant.conversation_labels, tenant.labels;
alter table tenant.conversation_reads drop column marked_unread;
drop index tenant.conversations_closing, tenant.conversations_waiting, tenant.conversations_assignee, tenant.conversations_status;
alter table tenant.conversations drop column starred, drop column assignee_id, drop column snoozed_until, drop column status;
