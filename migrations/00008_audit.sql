-- +goose Up
-- The account's own log. Append-only: nobody of the service may change or remove a row. seq has no gap, for each
-- append locks the account's head.
create table tenant.audit (
    account_id uuid        not null,
    seq        bigint      not null,
    at         timestamptz not null default now(),
    actor_kind text        not null check (actor_kind in ('user', 'api_key', 'system')),
    actor_id   text        not null default '',
    actor_name text        not null default '',
    action     text        not null,
    target     text        not null default '',
    detail     jsonb       not null default '{}',
    primary key (account_id, seq)
);
create table tenant.audit_heads (
    account_id uuid   primary key,
    seq        bigint not null default 0
);

-- +goose Down
drop table tenant.audit_heads, tenant.audit;
