-- +goose Up
-- One import of what Instagram holds: after a connect or reconnect, or of a gap. A run that was killed goes on from its row.
create table tenant.backfills (
    account_id  uuid        not null references platform.accounts,
    backfill_id uuid        not null,
    cause       text        not null check (cause in ('connect', 'reconnect', 'gap')),
    state       text        not null default 'running' check (state in ('running', 'done', 'failed')),
    phase       text        not null default 'list' check (phase in ('list', 'pages', 'rest')),
    since       timestamptz,
    cursor      text        not null default '',
    page_size   int         not null default 10,
    listed      int         not null default 0,
    seen        int         not null default 0,
    messages    int         not null default 0,
    recovered   int         not null default 0,
    tries       int         not null default 0,
    fault       text        not null default '',
    started_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    finished_at timestamptz,
    primary key (account_id, backfill_id)
);
-- One at a time: a second one waits for the first.
create unique index backfills_running on tenant.backfills (account_id) where state = 'running';

-- The threads that a run has found, by Instagram's id. They go when the run ends.
create table tenant.backfill_threads (
    account_id  uuid        not null,
    backfill_id uuid        not null,
    thread_id   text        not null,
    updated_at  timestamptz,
    state       text        not null default 'open' check (state in ('open', 'done', 'failed')),
    primary key (account_id, backfill_id, thread_id),
    foreign key (account_id, backfill_id) references tenant.backfills (account_id, backfill_id)
);
create index backfill_threads_open on tenant.backfill_threads (account_id, backfill_id) where state = 'open';

-- What Instagram tells of a customer, when that was fetched, and when it is worth another call. A failed look-up is remembered too.
alter table tenant.participants
    add column verified           boolean,
    add column follower_count     bigint,
    add column follows_account    boolean,
    add column followed_by_account boolean,
    add column profile_fetched_at timestamptz,
    add column profile_fault      text        not null default '',
    add column profile_due_at     timestamptz not null default now();

-- +goose Down
alter table tenant.participants
    drop column profile_due_at, drop column profile_fault, drop column profile_fetched_at, drop column followed_by_account,
    drop column follows_account, drop column follower_count, drop column verified;
drop table tenant.backfill_threads, tenant.backfills;
