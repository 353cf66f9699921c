-- +goose Up
-- The receipt of an erased participant: what was removed from which table. subject is an HMAC of the igsid, so that an import does not
-- bring back what was erased; it tells nobody who it was.
create table tenant.erasures (
    account_id uuid        not null references platform.accounts,
    erasure_id uuid        not null,
    subject    bytea       not null,
    erased_at  timestamptz not null,
    removed    jsonb       not null default '{}',
    primary key (account_id, erasure_id)
);
create index erasures_subject on tenant.erasures (account_id, subject);

-- A request of Meta's on behalf of a person, with the code of its status page. account_id names an account that may be gone by now.
create table platform.data_deletions (
    code         text        primary key,
    kind         text        not null check (kind in ('data_deletion', 'account_deletion')),
    account_id   uuid,
    state        text        not null default 'received' check (state in ('received', 'done', 'nothing_held', 'failed')),
    removed      jsonb       not null default '{}',
    requested_at timestamptz not null default now(),
    finished_at  timestamptz
);
create index data_deletions_account on platform.data_deletions (account_id);

-- What is left of a deleted account: that there was one.
create table platform.tombstones (
    account_id uuid        primary key,
    reason     text        not null,
    removed    jsonb       not null default '{}',
    deleted_at timestamptz not null default now()
);
grant select, insert, update, delete on platform.data_deletions to parlor_platform;
grant select, insert on platform.tombstones to parlor_platform;

-- The one way in which lines of an account's log go: with the whole account. Row security is forced for the owner too, so the function can
-- reach no other account than the one that the caller's transaction has entered; it leaves a line in the installation's log.
-- +goose StatementBegin
create function tenant.erase_audit() returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    account uuid := nullif(current_setting('app.account_id', true), '')::uuid;
    gone bigint;
begin
    if account is null then
        raise exception 'no account is entered';
    end if;
    delete from tenant.audit where account_id = account;
    get diagnostics gone = row_count;
    delete from tenant.audit_heads where account_id = account;
    insert into platform.audit (actor, action, target, detail)
    values ('system', 'account.audit_erased', account::text, jsonb_build_object('rows', gone));
    return gone;
end $$;
-- +goose StatementEnd
revoke all on function tenant.erase_audit() from public;
grant execute on function tenant.erase_audit() to parlor_app;

-- +goose Down
drop function tenant.erase_audit();
drop table platform.tombstones, platform.data_deletions, tenant.erasures;
