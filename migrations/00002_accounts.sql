-- +goose Up
-- An account is the tenant: one connected Instagram professional account. It is found by instagram_user_id
-- (the webhook's entry.id) before anything of its inside may be touched, hence it lives in `platform`.
create table platform.accounts (
    account_id              uuid        primary key,
    kind                    text        not null default 'instagram' check (kind in ('instagram', 'probe')),
    instagram_user_id       text        unique check (instagram_user_id ~ '^[0-9]{1,32}$'),
    instagram_app_scoped_id text,
    instagram_app_id        text,
    username                text        not null default '',
    name                    text        not null default '',
    account_type            text        not null default '',
    profile_picture_url     text,
    status                  text        not null default 'connecting'
                            check (status in ('connecting', 'active', 'needs_reconnect', 'disconnected', 'suspended')),
    status_reason           text        not null default '',
    status_at               timestamptz not null default now(),
    token_expires_at        timestamptz,
    subscribed_at           timestamptz,
    last_webhook_at         timestamptz,
    created_at              timestamptz not null default now(),
    check (kind = 'probe' or instagram_user_id is not null)
);
create index accounts_app_scoped on platform.accounts (instagram_app_scoped_id) where instagram_app_scoped_id is not null;
create index accounts_username on platform.accounts (lower(username));

create table platform.users (
    user_id      uuid        primary key,
    display_name text        not null default '',
    staff_role   text        check (staff_role in ('operator', 'support')),
    created_at   timestamptz not null default now(),
    disabled_at  timestamptz
);

-- One way of one provider to know a person. Nothing is ever linked by name or e-mail.
create table platform.identities (
    provider        text        not null,
    subject         text        not null,
    user_id         uuid        not null references platform.users,
    display_name    text        not null default '',
    created_at      timestamptz not null default now(),
    last_sign_in_at timestamptz,
    primary key (provider, subject)
);
create index identities_user on platform.identities (user_id);

-- version is the `mv` of tokens: it grows with every change, so that an older token is refused. A removed
-- membership keeps its row (removed_at), so that nothing re-creates what an owner took away.
create table platform.memberships (
    account_id uuid        not null references platform.accounts,
    user_id    uuid        not null references platform.users,
    role       text        not null check (role in ('owner', 'agent', 'viewer')),
    version    bigint      not null default 1,
    created_at timestamptz not null default now(),
    removed_at timestamptz,
    primary key (account_id, user_id)
);
create index memberships_user on platform.memberships (user_id);

grant select, insert, update, delete on platform.accounts, platform.users, platform.identities, platform.memberships to parlor_platform;

-- The two reserved accounts between which the isolation probe runs. They are hidden everywhere else.
insert into platform.accounts (account_id, kind, username, name, status) values
    ('00000000-0000-7000-8000-00000000000a', 'probe', 'probe-a', 'Isolation probe A', 'suspended'),
    ('00000000-0000-7000-8000-00000000000b', 'probe', 'probe-b', 'Isolation probe B', 'suspended');

-- +goose Down
drop table platform.memberships, platform.identities, platform.users, platform.accounts;
