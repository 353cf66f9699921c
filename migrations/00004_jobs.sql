-- +goose Up
-- River's tables (github.com/riverqueue/river v0.51.1) in the state that its own eight migrations lead to, as one of ours: one tool migrates
-- one database. river_migration says so to River's client. A later River that brings a migration gets the next number here.
create type platform.river_job_state as enum
    ('available', 'cancelled', 'completed', 'discarded', 'pending', 'retryable', 'running', 'scheduled');

-- +goose StatementBegin
create function platform.river_job_state_in_bitmask(bitmask bit, state platform.river_job_state) returns boolean
    language sql immutable as $$
    select case state
        when 'available' then get_bit(bitmask, 7)
        when 'cancelled' then get_bit(bitmask, 6)
        when 'completed' then get_bit(bitmask, 5)
        when 'discarded' then get_bit(bitmask, 4)
        when 'pending'   then get_bit(bitmask, 3)
        when 'retryable' then get_bit(bitmask, 2)
        when 'running'   then get_bit(bitmask, 1)
        when 'scheduled' then get_bit(bitmask, 0)
        else 0
    end = 1
$$;
-- +goose StatementEnd

create table platform.river_job (
    id           bigserial primary key,
    state        platform.river_job_state not null default 'available',
    attempt      smallint    not null default 0,
    max_attempts smallint    not null default 25,
    attempted_at timestamptz,
    created_at   timestamptz not null default now(),
    finalized_at timestamptz,
    scheduled_at timestamptz not null default now(),
    priority     smallint    not null default 1,
    args         jsonb       not null,
    attempted_by text[],
    errors       jsonb[],
    kind         text        not null,
    metadata     jsonb       not null default '{}',
    queue        text        not null default 'default',
    tags         varchar(255)[] not null default '{}',
    unique_key   bytea,
    unique_states bit(8),
    constraint finalized_or_finalized_at_null check
        ((finalized_at is null and state not in ('cancelled', 'completed', 'discarded'))
         or (finalized_at is not null and state in ('cancelled', 'completed', 'discarded'))),
    constraint kind_length check (char_length(kind) > 0 and char_length(kind) < 128),
    constraint max_attempts_is_positive check (max_attempts > 0),
    constraint priority_in_range check (priority >= 1 and priority <= 4),
    constraint queue_length check (char_length(queue) > 0 and char_length(queue) < 128)
);
create index river_job_args_index on platform.river_job using gin (args);
create index river_job_kind on platform.river_job (kind);
create index river_job_metadata_index on platform.river_job using gin (metadata);
create index river_job_prioritized_fetching_index on platform.river_job (state, queue, priority, scheduled_at, id);
create index river_job_state_and_finalized_at_index on platform.river_job (state, finalized_at) where finalized_at is not null;
create unique index river_job_unique_idx on platform.river_job (unique_key)
    where unique_key is not null and unique_states is not null and platform.river_job_state_in_bitmask(unique_states, state);

create unlogged table platform.river_leader (
    name       text        primary key default 'default' constraint name_length check (name = 'default'),
    elected_at timestamptz not null,
    expires_at timestamptz not null,
    leader_id  text        not null constraint leader_id_length check (char_length(leader_id) > 0 and char_length(leader_id) < 128)
);

create table platform.river_queue (
    name       text        primary key,
    created_at timestamptz not null default now(),
    metadata   jsonb       not null default '{}',
    paused_at  timestamptz,
    updated_at timestamptz not null default current_timestamp
);

create table platform.river_notification (
    id         bigserial   primary key,
    created_at timestamptz not null default now(),
    payload    text        not null,
    topic      text        not null constraint topic_length check (length(topic) > 0 and length(topic) < 128)
);
create index river_notification_created_at_idx on platform.river_notification (created_at);
create index river_notification_topic_id_idx on platform.river_notification (topic, id);

create table platform.river_migration (
    line       text        not null constraint line_length check (char_length(line) > 0 and char_length(line) < 128),
    version    bigint      not null constraint version_gte_1 check (version >= 1),
    created_at timestamptz not null default now(),
    primary key (line, version)
);
insert into platform.river_migration (line, version) select 'main', generate_series(1, 8);

grant select, insert, update, delete on platform.river_job, platform.river_leader, platform.river_queue, platform.river_notification
    to parlor_platform;
grant select on platform.river_migration to parlor_platform;
grant usage, select on sequence platform.river_job_id_seq, platform.river_notification_id_seq to parlor_platform;
-- The index of unique jobs asks it about every row that is written.
grant execute on function platform.river_job_state_in_bitmask to parlor_app, parlor_platform;

-- To enqueue within an account's transaction. The arguments of a job are ids alone, so reading them tells nothing of an account's inside.
-- River's insert ends in ON CONFLICT … DO UPDATE SET kind = river_job.kind, hence the one column.
grant select, insert, update (kind) on platform.river_job to parlor_app;
grant usage on sequence platform.river_job_id_seq to parlor_app;

-- +goose Down
drop table platform.river_migration, platform.river_notification, platform.river_queue, platform.river_leader, platform.river_job;
drop function platform.river_job_state_in_bitmask;
drop type platform.river_job_state;
