-- +goose Up
create table tenant.participants (
    account_id          uuid        not null references platform.accounts,
    participant_id      uuid        not null,
    igsid               text        not null,
    username            text,
    name                text,
    profile_picture_url text,
    created_at          timestamptz not null default now(),
    primary key (account_id, participant_id),
    unique (account_id, igsid)
);

-- The columns of the list are kept on the row, so that the inbox is one walk of one index and no COUNT:
-- unread is inbound_seq minus the reader's read_seq.
create table tenant.conversations (
    account_id             uuid        not null,
    conversation_id        uuid        not null,
    participant_id         uuid        not null,
    inbound_seq            bigint      not null default 0,
    last_message_id        uuid,
    last_message_text      text,
    last_message_kind      text,
    last_message_direction text        check (last_message_direction in ('inbound', 'outbound')),
    last_message_at        timestamptz not null,
    last_inbound_at        timestamptz,
    waiting_since          timestamptz,
    window_closes_at       timestamptz,
    human_agent_until      timestamptz,
    created_at             timestamptz not null default now(),
    primary key (account_id, conversation_id),
    unique (account_id, participant_id),
    foreign key (account_id, participant_id) references tenant.participants (account_id, participant_id)
);
create index conversations_inbox on tenant.conversations (account_id, last_message_at desc, conversation_id desc);

create table tenant.messages (
    account_id      uuid        not null,
    message_id      uuid        not null,
    conversation_id uuid        not null,
    mid             text,
    client_id       uuid,
    direction       text        not null check (direction in ('inbound', 'outbound')),
    kind            text        not null,
    text            text,
    state           text        not null check (state in ('received', 'queued', 'sending', 'sent', 'failed', 'unknown')),
    reply_to_mid    text,
    inbound_seq     bigint,
    sent_at         timestamptz not null,
    created_at      timestamptz not null default now(),
    primary key (account_id, message_id),
    unique (account_id, mid),
    unique (account_id, client_id),
    foreign key (account_id, conversation_id) references tenant.conversations (account_id, conversation_id)
);
create index messages_thread on tenant.messages (account_id, conversation_id, sent_at desc, message_id desc);

-- payload is Instagram's own object, kept as it came: a later type is shown generically, never lost.
create table tenant.attachments (
    account_id    uuid  not null,
    attachment_id uuid  not null,
    message_id    uuid  not null,
    position      int   not null,
    type          text  not null,
    title         text,
    payload       jsonb not null default '{}',
    primary key (account_id, attachment_id),
    unique (account_id, message_id, position),
    foreign key (account_id, message_id) references tenant.messages (account_id, message_id)
);

-- How far a user has read; a person who never opened a conversation has no row, which means 0.
create table tenant.conversation_reads (
    account_id      uuid        not null,
    conversation_id uuid        not null,
    user_id         uuid        not null,
    read_seq        bigint      not null default 0,
    read_at         timestamptz not null default now(),
    primary key (account_id, conversation_id, user_id),
    foreign key (account_id, conversation_id) references tenant.conversations (account_id, conversation_id)
);

-- +goose Down
drop table tenant.conversation_reads, tenant.attachments, tenant.messages, tenant.conversations, tenant.participants;
