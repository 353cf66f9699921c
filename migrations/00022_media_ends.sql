-- +goose Up
-- When Instagram has said that it does not give an attachment's file any more, also after it was asked for a new address.
alter table tenant.attachments add column expired_at timestamptz;
-- From when on bytes are to be removed. What is being written is on the list before it exists, with a time that lies ahead: when its writer
-- dies, it goes.
alter table tenant.blob_removals add column due_at timestamptz not null default now();

-- +goose Down
alter table tenant.blob_removals drop column due_at;
alter table tenant.attachments drop column expired_at;
