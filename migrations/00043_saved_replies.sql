-- +goose Up
-- Texts that the account's people send often, with places for names. name_key is the name in small letters, as with labels.
create table tenant.saved_replies (
    account_id     uuid        not null references platform.accounts,
    saved_reply_id uuid        not null,
    name           text        not null,
    name_key       text        not null,
    text           text        not null check (octet_length(text) between 1 and 1000),
    created_at     timestamptz not null default now(),
    primary key (account_id, saved_reply_id),
    unique (account_id, name_key)
);

-- The second wall around it, see 00009.
alter table tenant.saved_replies enable row level security;
alter table tenant.saved_replies force row level security;
create policy account_rows on tenant.saved_replies
    using (account_id = nullif(current_setting('app.account_id', true), '')::uuid)
    with check (account_id = nullif(current_setting('app.account_id', true), '')::uuid);
grant select, insert, update, delete on tenant.saved_replies to parlor_app;

-- +goose Down
drop table tenant.saved_replies;
