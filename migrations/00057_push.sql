-- +goose Up
-- The browsers that want to be told of news by a push service: one row for each sign-in of a person in an account. The address and the keys that
-- the browser gave are sealed together; by endpoint_mark, an HMAC, a browser is known again that another sign-in had subscribed. quiet_*: minutes
-- after midnight in zone, in which nothing is sent.
create table tenant.push_subscriptions (
    account_id      uuid        not null references platform.accounts,
    subscription_id uuid        not null,
    user_id         uuid        not null,
    session_id      uuid        not null,
    endpoint_mark   bytea       not null,
    sealed          bytea       not null,
    quiet_from      smallint    check (quiet_from between 0 and 1439),
    quiet_to        smallint    check (quiet_to between 0 and 1439),
    zone            text        not null default '' check (char_length(zone) <= 64),
    created_at      timestamptz not null,
    last_ok_at      timestamptz,
    failures        smallint    not null default 0,
    primary key (account_id, subscription_id),
    unique (account_id, session_id),
    check ((quiet_from is null) = (quiet_to is null) and (quiet_from is null or zone <> ''))
);
create index push_subscriptions_mark on tenant.push_subscriptions (account_id, endpoint_mark);
create index push_subscriptions_user on tenant.push_subscriptions (account_id, user_id, created_at);

-- The second wall, see 00009.
alter table tenant.push_subscriptions enable row level security;
alter table tenant.push_subscriptions force row level security;
create policy account_rows on tenant.push_subscriptions
    using (account_id = nullif(current_setting('app.account_id', true), '')::uuid)
    with check (account_id = nullif(current_setting('app.account_id', true), '')::uuid);
grant select, insert, update, delete on tenant.push_subscriptions to parlor_app;

-- +goose Down
drop table tenant.push_subscriptions;
