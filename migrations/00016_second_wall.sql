-- +goose Up
-- The second wall around the tables of 00010 to 00015, see 00009.
-- +goose StatementBegin
do $$
declare t text;
begin
    foreach t in array array['reactions', 'parked_edits', 'outbox', 'backfills', 'backfill_threads', 'uploads', 'kept_media',
                             'blob_removals', 'erasures'] loop
        execute format('alter table tenant.%I enable row level security', t);
        execute format('alter table tenant.%I force row level security', t);
        execute format($p$create policy account_rows on tenant.%I
            using (account_id = nullif(current_setting('app.account_id', true), '')::uuid)
            with check (account_id = nullif(current_setting('app.account_id', true), '')::uuid)$p$, t);
        execute format('grant select, insert, update, delete on tenant.%I to parlor_app', t);
    end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
do $$
declare t text;
begin
    foreach t in array array['reactions', 'parked_edits', 'outbox', 'backfills', 'backfill_threads', 'uploads', 'kept_media',
                             'blob_removals', 'erasures'] loop
        execute format('drop policy account_rows on tenant.%I', t);
        execute format('revoke all on tenant.%I from parlor_app', t);
        execute format('alter table tenant.%I no force row level security', t);
        execute format('alter table tenant.%I disable row level security', t);
    end loop;
end $$;
-- +goose StatementEnd
