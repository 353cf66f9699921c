-- Texts of twelve words of a vocabulary of 20,000, few of them frequent, as in real life; the first account gets 100,000 messages more. Beside the
-- words that Parlor keeps, the same in a table of one row a word, whose comparisons row security lets an index answer.
create or replace function pg_temp.word(n int) returns text language sql immutable as $$
    select substr(translate(md5(n::text), '0123456789', 'ghijklmnop'), 1, 3 + n % 7)
$$;
create or replace function pg_temp.said() returns text language sql volatile as $$
    select string_agg(pg_temp.word((20000 ^ random())::int), ' ') from generate_series(1, 12)
$$;
insert into tenant.messages (account_id, message_id, conversation_id, direction, kind, text, state, sent_at)
select c.account_id, gen_random_uuid(), c.conversation_id, 'inbound', 'text', '', 'received', timestamptz '2026-06-01' - n * interval '5 minutes'
from generate_series(1, 100000) n
join lateral (select account_id, conversation_id from tenant.conversations
    where account_id = (select min(account_id::text)::uuid from tenant.conversations) order by conversation_id limit 1) c on true;
update tenant.messages set text = pg_temp.said();
create table tenant.bench_words (account_id uuid not null, word text collate "C" not null, at timestamptz not null, message_id uuid not null,
    primary key (account_id, word, at, message_id));
insert into tenant.bench_words
select distinct account_id, w, sent_at, message_id from tenant.messages, string_to_table(text, ' ') w;
alter table tenant.bench_words enable row level security;
create policy account_rows on tenant.bench_words using (account_id = nullif(current_setting('app.account_id', true), '')::uuid);
grant select on tenant.bench_words to parlor_app;
