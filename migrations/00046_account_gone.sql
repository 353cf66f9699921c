-- +goose Up
-- An account that is gone takes nothing in any more: what comes late fails on its key instead of staying for ever. What stayed before goes here;
-- row security, which is forced for the owner of the tables too, is out of the way for that.
-- +goose StatementBegin
do $$
declare t text;
begin
    foreach t in array array['audit', 'audit_heads', 'event_keys', 'kept_media', 'blob_removals'] loop
        execute format('alter table tenant.%I no force row level security', t);
        execute format('delete from tenant.%I x where not exists (select from platform.accounts a where a.account_id = x.account_id)', t);
        execute format('alter table tenant.%I force row level security', t);
        -- Every line of a log touches its head, so one key serves both.
        if t <> 'audit' then
            execute format('alter table tenant.%I add constraint %I foreign key (account_id) references platform.accounts', t, t || '_account_id_fkey');
        end if;
    end loop;
end $$;
-- +goose StatementEnd

-- The one way in which lines of an account's log go is of use for what it is made for alone: with an account that is being deleted, or is gone.
-- +goose StatementBegin
create or replace function tenant.erase_audit() returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    account uuid := nullif(current_setting('app.account_id', true), '')::uuid;
    gone bigint;
begin
    if account is null then
        raise exception 'no account is entered';
    end if;
    if exists (select from platform.accounts a where a.account_id = account and not (a.status = 'suspended' and a.status_reason = 'deleting')) then
        raise exception 'the account is not being deleted';
    end if;
    delete from tenant.audit where account_id = account;
    get diagnostics gone = row_count;
    delete from tenant.audit_heads where account_id = account;
    insert into platform.audit (actor, action, target, detail)
    values ('system', 'account.audit_erased', account::text, jsonb_build_object('rows', gone));
    return gone;
end $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
create or replace function tenant.erase_audit() returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
alter table tenant.blob_removals drop constraint blob_removals_account_id_fkey;
alter table tenant.kept_media drop constraint kept_media_account_id_fkey;
alter table tenant.event_keys drop constraint event_keys_account_id_fkey;
alter table tenant.audit_heads drop constraint audit_heads_account_id_fkey;
