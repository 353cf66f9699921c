-- +goose Up
-- What webhooks tell beside plain messages. source says who told of a message first: a webhook, the backfill, or we ourselves.
alter table tenant.messages
    add column source              text        not null default 'webhook' check (source in ('webhook', 'backfill', 'parlor')),
    add column app_id              text,
    add column standby             boolean     not null default false,
    add column reply_to_story      text,
    add column button_payload      text,
    add column referral            jsonb,
    add column edited_at           timestamptz,
    add column edit_num            bigint      not null default 0,
    add column recovered           boolean     not null default false;

-- seen_until: the customer has seen what was sent until then. opened_by: what opened the reply window last.
alter table tenant.conversations
    add column seen_until       timestamptz,
    add column window_opened_by text check (window_opened_by in ('message', 'story_reply', 'story_mention', 'postback')),
    add column referral         jsonb;

-- One row for each person and message. A reaction that was taken off leaves its row (removed), so that an older one that comes late does
-- not put it on again. It is known by mid, for it may come before its message.
create table tenant.reactions (
    account_id uuid        not null references platform.accounts,
    mid        text        not null,
    actor      text        not null check (actor in ('customer', 'account')),
    name       text        not null default '',
    emoji      text        not null default '',
    removed    boolean     not null default false,
    reacted_at timestamptz not null,
    primary key (account_id, mid, actor)
);

-- An edit that came before its message; gone when that comes, or after a while.
create table tenant.parked_edits (
    account_id uuid        not null references platform.accounts,
    mid        text        not null,
    num        bigint      not null,
    text       text        not null,
    edited_at  timestamptz not null,
    parked_at  timestamptz not null default now(),
    primary key (account_id, mid)
);

-- at and entry_id are what the body alone does not tell, for a replay. customer is the other side's igsid, so that an erasure finds what
-- was said by whom; the body of a settled event goes after a configured time.
alter table tenant.ingest_events
    add column entry_id text        not null default '',
    add column at       timestamptz,
    add column customer text        not null default '';
create index ingest_events_kept on tenant.ingest_events (account_id, settled_at) where body is not null and settled_at is not null;
create index ingest_events_customer on tenant.ingest_events (account_id, customer) where customer <> '';
create index ingest_events_newest on tenant.ingest_events (account_id, received_at desc, delivery_id desc, item_no desc);

-- +goose Down
drop index tenant.ingest_events_newest, tenant.ingest_events_customer, tenant.ingest_events_kept;
alter table tenant.ingest_events drop column customer, drop column at, drop column entry_id;
drop table tenant.parked_edits, tenant.reactions;
alter table tenant.conversations drop column referral, drop column window_opened_by, drop column seen_until;
alter table tenant.messages
    drop column recovered, drop column edit_num, drop column edited_at, drop column referral, drop column button_payload,
    drop column reply_to_story, drop column standby, drop column app_id, drop column source;
