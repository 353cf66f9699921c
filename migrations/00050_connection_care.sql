-- +goose Up
-- watch_at: when a silent account is looked after next. What has been read already is told by the imports that ended.
alter table platform.accounts drop column watched_at, add column watch_at timestamptz;
-- refusals: how often in a row Instagram has told the account to stop, over all instances.
alter table platform.graph_leases add column refusals int not null default 0;
-- A list of a gap is read again from its front, for threads that moved there meanwhile; restarts: after a cursor that Instagram took no more.
alter table tenant.backfills
    drop constraint backfills_phase_check,
    add constraint backfills_phase_check check (phase in ('list', 'again', 'pages', 'rest')),
    add column restarts int not null default 0;
-- tries: faults in a row of this one thread, the first of them at failing_since.
alter table tenant.backfill_threads add column tries int not null default 0, add column failing_since timestamptz;

-- +goose Down
alter table tenant.backfill_threads drop column failing_since, drop column tries;
update tenant.backfills set phase = 'list' where phase = 'again';
alter table tenant.backfills
    drop column restarts,
    drop constraint backfills_phase_check,
    add constraint backfills_phase_check check (phase in ('list', 'pages', 'rest'));
alter table platform.graph_leases drop column refusals;
alter table platform.accounts drop column watch_at, add column watched_at timestamptz;
