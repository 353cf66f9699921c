-- +goose Up
-- The second wall. One permissive policy per table, without a TO clause; unset or empty is NULL, so no rows and no
-- inserts. Transaction-local only: a session setting would outlive its request behind a pooler.
-- +goose StatementBegin
do $$
declare t text;
begin
    foreach t in array array['participants', 'conversations', 'messages', 'attachments', 'conversation_reads',
                             'ingest_events', 'event_keys', 'ledgers', 'connections', 'audit', 'audit_heads'] loop
        execute format('alter table tenant.%I enable row level security', t);
        execute format('alter table tenant.%I force row level security', t);
        execute format($p$create policy account_rows on tenant.%I
            using (account_id = nullif(current_setting('app.account_id', true), '')::uuid)
            with check (account_id = nullif(current_setting('app.account_id', true), '')::uuid)$p$, t);
    end loop;
end $$;
-- +goose StatementEnd
grant select, insert, update, delete on tenant.participants, tenant.conversations, tenant.messages, tenant.attachments,
    tenant.conversation_reads, tenant.ingest_events, tenant.event_keys, tenant.ledgers, tenant.connections to parlor_app;
grant select, insert on tenant.audit to parlor_app, parlor_platform;
grant select, insert, update on tenant.audit_heads to parlor_app, parlor_platform;

-- +goose Down
-- +goose StatementBegin
do $$
declare t text;
begin
    foreach t in array array['participants', 'conversations', 'messages', 'attachments', 'conversation_reads',
                             'ingest_events', 'event_keys', 'ledgers', 'connections', 'audit', 'audit_heads'] loop
        execute format('drop policy account_rows on tenant.%I', t);
        execute format('revoke all on tenant.%I from parlor_app, parlor_platform', t);
        execute format('alter table tenant.%I no force row level security', t);
        execute format('alter table tenant.%I disable row level security', t);
    end loop;
end $$;
-- +goose StatementEnd
