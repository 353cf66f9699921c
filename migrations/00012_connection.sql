-- +goose Up
-- How an account's connection is kept: when its token was last refreshed and why that failed, when it was last proved to work, which fields
-- Instagram lists. alarm_days is the last alarm given about a token that runs out: 14, 7 or 2 days left, 0 for none.
alter table tenant.connections
    add column refreshed_at             timestamptz,
    add column refresh_tried_at         timestamptz,
    add column refresh_fault            text        not null default '',
    add column proved_at                timestamptz,
    add column prove_tried_at           timestamptz,
    add column prove_fault              text        not null default '',
    add column fields                   text[]      not null default '{}',
    add column alarm_days               int         not null default 0,
    add column human_agent_confirmed_at timestamptz,
    add column human_agent_confirmed_by uuid;

-- The right to call Instagram for an account, all calls but sends: one caller at a time over all instances, and not before free_at.
create table platform.graph_leases (
    account_id uuid        primary key references platform.accounts on delete cascade,
    holder     uuid,
    held_until timestamptz not null default now(),
    free_at    timestamptz not null default now()
);
grant select, insert, update, delete on platform.graph_leases to parlor_platform;

-- tend_at: when the connection is looked after next. watched_at: when the watchdog last asked about a silent account.
alter table platform.accounts
    add column tend_at        timestamptz not null default now(),
    add column watched_at     timestamptz;
create index accounts_tend on platform.accounts (tend_at) where kind = 'instagram' and status in ('active', 'needs_reconnect');

-- A sign-in flow that connects an account again is bound to it.
alter table platform.sign_in_flows add column account_id uuid;
alter table platform.sign_in_flows drop constraint sign_in_flows_intent_check;
alter table platform.sign_in_flows add constraint sign_in_flows_intent_check
    check (intent in ('sign_in', 'connect_account', 'accept_invitation', 'step_up', 'reconnect'));

-- +goose Down
delete from platform.sign_in_flows where intent = 'reconnect';
alter table platform.sign_in_flows drop constraint sign_in_flows_intent_check;
alter table platform.sign_in_flows add constraint sign_in_flows_intent_check
    check (intent in ('sign_in', 'connect_account', 'accept_invitation', 'step_up'));
alter table platform.sign_in_flows drop column account_id;
drop index platform.accounts_tend;
alter table platform.accounts drop column watched_at, drop column tend_at;
drop table platform.graph_leases;
alter table tenant.connections
    drop column human_agent_confirmed_by, drop column human_agent_confirmed_at, drop column alarm_days, drop column fields,
    drop column prove_fault, drop column prove_tried_at, drop column proved_at, drop column refresh_fault, drop column refresh_tried_at, drop column refreshed_at;
