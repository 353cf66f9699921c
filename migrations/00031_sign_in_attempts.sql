-- +goose Up
-- Passwords that were tried, counted for a user, an address and the whole installation until a window is over. key is an HMAC by a key outside
-- the database: who mistypes a password into the field for the name leaves nothing here that could be read.
create table platform.sign_in_attempts (
    scope text        not null check (scope in ('user', 'address', 'global')),
    key   bytea       not null,
    tries integer     not null,
    until timestamptz not null,
    primary key (scope, key)
);
create index sign_in_attempts_until on platform.sign_in_attempts (until);

-- A link that the operator made on the server, for the day on which no other door opens. Only the hash of its secret is kept.
create table platform.break_glass_links (
    token_hash bytea       primary key,
    name       text        not null check (name <> ''),
    reason     text        not null check (char_length(reason) between 10 and 500),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz
);
grant select, insert, update, delete on platform.sign_in_attempts, platform.break_glass_links to parlor_platform;

-- +goose Down
drop table platform.break_glass_links, platform.sign_in_attempts;
