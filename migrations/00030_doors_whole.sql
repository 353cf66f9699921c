-- +goose Up
-- An invitation to become a member. Only the hash of its link's secret is kept; names are copies, for the list outlives people.
create table platform.invitations (
    invitation_id    uuid        primary key,
    account_id       uuid        not null references platform.accounts,
    token_hash       bytea       not null unique,
    role             text        not null check (role in ('owner', 'agent', 'viewer')),
    label            text        not null default '',
    created_by       uuid        not null,
    created_by_name  text        not null default '',
    created_at       timestamptz not null default now(),
    expires_at       timestamptz not null,
    accepted_at      timestamptz,
    accepted_by      uuid,
    accepted_by_name text        not null default '',
    revoked_at       timestamptz
);
create index invitations_account on platform.invitations (account_id, created_at desc);
grant select, insert, update, delete on platform.invitations to parlor_platform;

-- A visit of support to an account. It ends by itself; the reason stays.
create table platform.support_grants (
    grant_id   uuid        primary key,
    account_id uuid        not null references platform.accounts,
    user_id    uuid        not null references platform.users,
    session_id uuid        not null,
    staff_name text        not null default '',
    reason     text        not null check (char_length(reason) between 10 and 500),
    mode       text        not null check (mode in ('read', 'reply')),
    opened_at  timestamptz not null,
    expires_at timestamptz not null check (expires_at > opened_at and expires_at <= opened_at + interval '60 minutes'),
    ended_at   timestamptz,
    ended_by   text        check (ended_by in ('staff', 'owner', 'time', 'switched_off', 'signed_out')),
    check ((ended_at is null) = (ended_by is null))
);
create index support_grants_account on platform.support_grants (account_id, opened_at desc, grant_id desc);
create index support_grants_live on platform.support_grants (expires_at) where ended_at is null;
create index support_grants_session on platform.support_grants (session_id) where ended_at is null;
grant select, insert, update, delete on platform.support_grants to parlor_platform;

-- What the owner lets support do.
alter table platform.accounts
    add column support_enabled boolean not null default true,
    add column support_replies boolean not null default false;

alter table platform.auth_events add column grant_id uuid;

-- A flow that accepts an invitation is bound to it; one that only identifies asks for no permission to messages.
alter table platform.sign_in_flows
    add column invitation_id uuid,
    add column identify_only boolean not null default false;

alter table platform.api_keys add column rotated_to text;

-- The account's log becomes a chain: each line's MAC covers the line and the MAC before it, by a key outside the database; the head is sealed
-- with it too, so that a tail cannot be cut. json keeps the text as it was written, which is what the MAC covers. Lines from before have none.
alter table tenant.audit
    add column support_grant_id uuid,
    add column mac              bytea not null default '',
    alter column detail drop default,
    alter column detail type json using detail::json,
    alter column detail set default '{}';
alter table tenant.audit_heads
    add column mac  bytea not null default '',
    add column seal bytea not null default '';
create index audit_actions on tenant.audit (account_id, action, seq desc);
create index audit_visits on tenant.audit (account_id, support_grant_id, seq) where support_grant_id is not null;

-- +goose Down
drop index tenant.audit_visits, tenant.audit_actions;
alter table tenant.audit_heads drop column seal, drop column mac;
alter table tenant.audit
    alter column detail drop default,
    alter column detail type jsonb using detail::jsonb,
    alter column detail set default '{}',
    drop column mac,
    drop column support_grant_id;
alter table platform.api_keys drop column rotated_to;
alter table platform.sign_in_flows drop column identify_only, drop column invitation_id;
alter table platform.auth_events drop column grant_id;
alter table platform.accounts drop column support_replies, drop column support_enabled;
drop table platform.support_grants, platform.invitations;
