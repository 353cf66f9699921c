-- +goose Up
-- A session is a person's revocable sign-in, not an account's. The cookie's secret is kept as SHA-256 only.
create table platform.sessions (
    session_id        uuid        primary key,
    user_id           uuid        not null references platform.users,
    provider          text        not null,
    subject           text        not null,
    auth_time         timestamptz not null,
    created_at        timestamptz not null default now(),
    expires_at        timestamptz not null,
    idle_expires_at   timestamptz not null,
    secret_hash       bytea       not null,
    previous_hash     bytea,
    rotated_at        timestamptz not null default now(),
    last_account_id   uuid,
    user_agent        text        not null default '',
    address           text        not null default '',
    last_seen_at      timestamptz not null default now(),
    ended_at          timestamptz,
    ended_reason      text
);
create index sessions_user on platform.sessions (user_id) where ended_at is null;
create index sessions_provider on platform.sessions (provider) where ended_at is null;

-- A redirect sign-in between its start and its callback; deleted by the callback that uses it.
create table platform.sign_in_flows (
    state_hash bytea       primary key,
    provider   text        not null,
    intent     text        not null check (intent in ('sign_in', 'connect_account', 'accept_invitation', 'step_up')),
    keep       bytea       not null default '',
    return_to  text        not null default '',
    session_id uuid,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index sign_in_flows_expiry on platform.sign_in_flows (expires_at);

create table platform.api_keys (
    key_id       text        primary key,
    account_id   uuid        not null references platform.accounts,
    name         text        not null,
    secret_hash  bytea       not null,
    last_four    text        not null,
    scopes       text[]      not null,
    created_by   uuid,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
create index api_keys_account on platform.api_keys (account_id);

-- What every instance must learn within two seconds: ended sessions, changed memberships, suspended accounts …
-- Written in the transaction that makes the change; read by every instance in the order of seq.
create table platform.auth_events (
    seq        bigint      generated always as identity primary key,
    kind       text        not null,
    session_id uuid,
    user_id    uuid,
    account_id uuid,
    provider   text,
    key_id     text,
    version    bigint,
    at         timestamptz not null default now()
);
create index auth_events_at on platform.auth_events (at);

create table platform.audit (
    seq     bigint      generated always as identity primary key,
    at      timestamptz not null default now(),
    actor   text        not null,
    action  text        not null,
    target  text        not null default '',
    detail  jsonb       not null default '{}'
);

grant select, insert, update, delete on platform.sessions, platform.sign_in_flows, platform.api_keys to parlor_platform;
grant select, insert, delete on platform.auth_events to parlor_platform;
grant select, insert on platform.audit to parlor_platform;
grant insert on platform.auth_events to parlor_app;
grant select (seq) on platform.auth_events to parlor_app;

-- +goose Down
drop table platform.audit, platform.auth_events, platform.api_keys, platform.sign_in_flows, platform.sessions;
