-- +goose Up
-- The words of each message and of each customer's name, by which they are found; the application takes the texts apart (package
-- conversations/words). Each word stands behind a tag of its account, so that the index keeps the accounts apart, and a frequent word of one costs
-- the others nothing.
create table tenant.search_words (
    account_id     uuid        not null references platform.accounts,
    entry_id       uuid        not null,
    message_id     uuid,
    participant_id uuid,
    at             timestamptz not null,
    words          tsvector    not null,
    primary key (account_id, entry_id),
    foreign key (account_id, message_id) references tenant.messages on delete cascade,
    foreign key (account_id, participant_id) references tenant.participants on delete cascade,
    check (num_nonnulls(message_id, participant_id) = 1 and entry_id = coalesce(message_id, participant_id))
);
-- Without a list of what is to be put in later: each search would have to read it through.
create index search_words_words on tenant.search_words using gin (words) with (fastupdate = off);
create index search_words_message on tenant.search_words (account_id, message_id) where message_id is not null;
create index search_words_participant on tenant.search_words (account_id, participant_id) where participant_id is not null;

-- How far the words are of what was there before its account was first searched: the newest messages first, then the customers.
create table tenant.search_progress (
    account_id uuid        not null references platform.accounts,
    phase      text        not null default 'messages' check (phase in ('messages', 'people', 'done')),
    at         timestamptz,
    entry_id   uuid,
    primary key (account_id)
);

-- The second wall around both, see 00009. It is not forced for the owner of search_words: find_words below has to read it by its index, which row
-- security keeps from every query, for @@ is not leakproof. Nobody signs in as the owner, and the function names the account itself.
alter table tenant.search_words enable row level security;
alter table tenant.search_progress enable row level security;
alter table tenant.search_progress force row level security;
create policy account_rows on tenant.search_words
    using (account_id = nullif(current_setting('app.account_id', true), '')::uuid)
    with check (account_id = nullif(current_setting('app.account_id', true), '')::uuid);
create policy account_rows on tenant.search_progress
    using (account_id = nullif(current_setting('app.account_id', true), '')::uuid)
    with check (account_id = nullif(current_setting('app.account_id', true), '')::uuid);
grant select, insert, update, delete on tenant.search_words, tenant.search_progress to parlor_app;

-- The one way to search: ids of the entries with these words, the newest first, of the account that the caller's transaction has entered and of no
-- other. Texts it has none.
-- +goose StatementBegin
create function tenant.find_words(query text, before_at timestamptz, before_id uuid, most int) returns table (entry_id uuid, at timestamptz)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    account uuid := nullif(current_setting('app.account_id', true), '')::uuid;
begin
    if account is null then
        raise exception 'no account is entered';
    end if;
    return query
        select s.entry_id, s.at from tenant.search_words s
        where s.account_id = account and s.words @@ query::tsquery and (before_at is null or (s.at, s.entry_id) < (before_at, before_id))
        order by s.at desc, s.entry_id desc limit least(most, 200);
end $$;
-- +goose StatementEnd
revoke all on function tenant.find_words(text, timestamptz, uuid, int) from public;
grant execute on function tenant.find_words(text, timestamptz, uuid, int) to parlor_app;

-- +goose Down
drop function tenant.find_words(text, timestamptz, uuid, int);
drop table tenant.search_progress, tenant.search_words;
