-- +goose Up
-- A reply is a message of ours; each try to send it is an attempt of its own. outbound_seq numbers a conversation's attempts: they go out
-- in this order, one at a time.
alter table tenant.conversations add column outbound_seq bigint not null default 0;
-- fault is why a reply failed, one word of a closed set. shadow_of: Instagram's echo of a reply whose answer is still awaited; hidden until
-- that decides whether the two are one.
alter table tenant.messages
    add column fault         text not null default '',
    add column sent_by_user  uuid,
    add column sent_by_key   text,
    add column human_agent   boolean not null default false,
    add column upload_id     uuid,
    add column marked_sent   boolean not null default false,
    add column shadow_of     uuid;
create index messages_shadows on tenant.messages (account_id, shadow_of) where shadow_of is not null;

create table tenant.outbox (
    account_id      uuid        not null,
    attempt_id      uuid        not null,
    message_id      uuid        not null,
    conversation_id uuid        not null,
    seq             bigint      not null,
    state           text        not null default 'queued' check (state in ('queued', 'sending', 'settling', 'sent', 'failed', 'unknown')),
    fault           text        not null default '',
    code            int         not null default 0,
    subcode         int         not null default 0,
    looks           int         not null default 0,
    created_at      timestamptz not null default now(),
    started_at      timestamptz,
    settled_at      timestamptz,
    primary key (account_id, attempt_id),
    unique (account_id, conversation_id, seq),
    foreign key (account_id, message_id) references tenant.messages (account_id, message_id)
);
create index outbox_open on tenant.outbox (account_id, conversation_id, seq) where state in ('queued', 'sending', 'settling');
create index outbox_message on tenant.outbox (account_id, message_id, seq);

-- +goose Down
drop table tenant.outbox;
drop index tenant.messages_shadows;
alter table tenant.messages
    drop column shadow_of, drop column marked_sent, drop column upload_id, drop column human_agent, drop column sent_by_key,
    drop column sent_by_user, drop column fault;
alter table tenant.conversations drop column outbound_seq;
