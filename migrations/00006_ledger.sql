-- +goose Up
-- One webhook body as it came. The body is blanked once its items stand in tenant.ingest_events.
create table platform.deliveries (
    delivery_id uuid        primary key,
    received_at timestamptz not null default now(),
    body        bytea,
    state       text        not null default 'received' check (state in ('received', 'split', 'failed')),
    reason      text        not null default '',
    items       int         not null default 0,
    attempts    int         not null default 0,
    split_at    timestamptz
);
-- In the order in which the splitter claims, and what its sweep looks for.
create index deliveries_open on platform.deliveries (attempts, received_at) where state = 'received';
create index deliveries_kept on platform.deliveries (received_at) where state = 'failed' and body is not null;

-- Items that belong to no account we know: skipped, counted, and their body dropped after a day.
create table platform.unrouted_events (
    delivery_id uuid        not null references platform.deliveries on delete cascade,
    item_no     int         not null,
    entry_id    text        not null default '',
    reason      text        not null,
    body        bytea,
    received_at timestamptz not null default now(),
    primary key (delivery_id, item_no)
);
create index unrouted_events_age on platform.unrouted_events (received_at) where body is not null;

grant select, insert, update, delete on platform.deliveries, platform.unrouted_events to parlor_platform;

-- One item of one delivery, of one account. item_no counts within the delivery. Applied once, by (kind, mid, variant).
create table tenant.ingest_events (
    account_id  uuid        not null references platform.accounts,
    delivery_id uuid        not null,
    item_no     int         not null,
    kind        text        not null default '',
    mid         text        not null default '',
    variant     text        not null default '',
    body        bytea,
    outcome     text        not null default 'pending' check (outcome in ('pending', 'applied', 'skipped', 'failed')),
    reason      text        not null default '',
    replayable  boolean     not null default false,
    received_at timestamptz not null default now(),
    settled_at  timestamptz,
    primary key (account_id, delivery_id, item_no)
);
create index ingest_events_pending on tenant.ingest_events (account_id, received_at) where outcome = 'pending';
-- An unsend erases what was said wherever its mid still stands.
create index ingest_events_body on tenant.ingest_events (account_id, mid) where body is not null;

-- The dedupe key of an event. Claimed in the transaction that applies it, so that a second one waits, then is skipped.
create table tenant.event_keys (
    account_id  uuid not null,
    kind        text not null,
    mid         text not null,
    variant     text not null,
    delivery_id uuid not null,
    item_no     int  not null,
    primary key (account_id, kind, mid, variant)
);

-- received is a counter of its own, so that received = applied + skipped + pending + failed can be checked.
create table tenant.ledgers (
    account_id uuid   primary key references platform.accounts,
    received   bigint not null default 0
);

-- +goose Down
drop table tenant.ledgers, tenant.event_keys, tenant.ingest_events, platform.unrouted_events, platform.deliveries;
