-- +goose Up
-- A file that a person wants to send; its bytes lie in the blob store under blob_key.
create table tenant.uploads (
    account_id   uuid        not null references platform.accounts,
    upload_id    uuid        not null,
    user_id      uuid,
    kind         text        not null check (kind in ('image', 'video', 'audio', 'file')),
    content_type text        not null,
    bytes        bigint      not null,
    blob_key     text        not null,
    created_at   timestamptz not null default now(),
    primary key (account_id, upload_id)
);
-- A copy of an attachment, sealed, in the blob store; only when the installation keeps media at all.
create table tenant.kept_media (
    account_id    uuid        not null,
    attachment_id uuid        not null,
    content_type  text        not null,
    bytes         bigint      not null,
    blob_key      text        not null,
    kept_at       timestamptz not null default now(),
    primary key (account_id, attachment_id)
);
create index kept_media_age on tenant.kept_media (account_id, kept_at);
-- Bytes that must go from the blob store: written in the transaction that removes the row which named them, worked off afterwards.
create table tenant.blob_removals (
    account_id uuid        not null,
    blob_key   text        not null,
    created_at timestamptz not null default now(),
    primary key (account_id, blob_key)
);

-- +goose Down
drop table tenant.blob_removals, tenant.kept_media, tenant.uploads;
