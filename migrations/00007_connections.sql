-- +goose Up
-- The account's Instagram token, sealed (Tink AEAD, the account id as associated data), with what it may do.
create table tenant.connections (
    account_id   uuid        primary key references platform.accounts,
    sealed_token bytea       not null,
    permissions  text[]      not null default '{}',
    issued_at    timestamptz not null,
    expires_at   timestamptz not null,
    connected_at timestamptz not null default now()
);

-- +goose Down
drop table tenant.connections;
