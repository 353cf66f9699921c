-- +goose Up
-- An import that is wanted waits as a row of its own: for the end of the one under way, for a proof, or, after a failure, for its time. So a gap is
-- known until it is read, whatever the account hears meanwhile. due_at: when a waiting one may be begun by itself.
alter table tenant.backfills
    drop constraint backfills_state_check,
    add constraint backfills_state_check check (state in ('waiting', 'running', 'done', 'failed')),
    add column due_at timestamptz;
-- One at a time: a second one makes the first reach further back.
create unique index backfills_waiting on tenant.backfills (account_id) where state = 'waiting';

-- What imports have left out so far.
insert into tenant.backfills (account_id, backfill_id, cause, state, since, due_at)
select f.account_id, gen_random_uuid(), 'gap', 'waiting', case when bool_and(f.since is not null) then min(f.since) end, now()
from tenant.backfills f
where f.state = 'failed'
  and not exists (select from tenant.backfills d where d.account_id = f.account_id and d.state = 'done' and d.started_at >= f.started_at)
group by f.account_id;

-- +goose Down
delete from tenant.backfills where state = 'waiting';
drop index tenant.backfills_waiting;
alter table tenant.backfills
    drop column due_at,
    drop constraint backfills_state_check,
    add constraint backfills_state_check check (state in ('running', 'done', 'failed'));
