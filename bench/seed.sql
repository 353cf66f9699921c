-- Fills a migrated, empty database: $accounts accounts, $conversations conversations each, $messages messages each.
-- Runs as superuser, so neither wall is in its way. Ids look like UUIDv7: their time is that of the row.
create or replace function pg_temp.id7(at timestamptz, n bigint) returns uuid language sql immutable as $$
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3)
            || '8' || substr(md5(n::text), 4, 15))::uuid
$$;

insert into platform.accounts (account_id, instagram_user_id, username, name, status)
select pg_temp.id7('2026-01-01', a), (17841400000000000 + a)::text, 'shop' || a, 'Shop ' || a, 'active'
from generate_series(1, $accounts) a;

insert into platform.users (user_id, display_name)
select pg_temp.id7('2026-01-02', a), 'Owner ' || a from generate_series(1, $accounts) a;

insert into platform.memberships (account_id, user_id, role)
select pg_temp.id7('2026-01-01', a), pg_temp.id7('2026-01-02', a), 'owner' from generate_series(1, $accounts) a;

-- c numbers conversations over the whole installation; the accounts take turns, as in real life.
create temporary table seeded as
select c, 1 + (c % $accounts) as a, pg_temp.id7('2026-01-01', 1 + (c % $accounts)) as account_id,
       pg_temp.id7('2026-02-01'::timestamptz + c * interval '1 second', c) as conversation_id,
       pg_temp.id7('2026-02-01'::timestamptz + c * interval '1 second', -c) as participant_id,
       '2026-06-01'::timestamptz + c * interval '17 seconds' as at
from generate_series(1::bigint, $accounts::bigint * $conversations) c;

insert into tenant.participants (account_id, participant_id, igsid, username, name)
select account_id, participant_id, (700000000000000 + c)::text, 'customer.' || c, 'Customer ' || c from seeded;

insert into tenant.conversations (account_id, conversation_id, participant_id, inbound_seq, last_message_id, last_message_text,
    last_message_kind, last_message_direction, last_message_at, last_inbound_at, waiting_since, window_closes_at, human_agent_until)
select account_id, conversation_id, participant_id, $messages / 2,
       pg_temp.id7(at, c * 16 + $messages), 'Is the walnut board number ' || c || ' still available?', 'text', 'inbound', at, at, at,
       at + interval '24 hours', at + interval '7 days'
from seeded;

insert into tenant.messages (account_id, message_id, conversation_id, mid, direction, kind, text, state, sent_at, inbound_seq)
select account_id, pg_temp.id7(at - ($messages - m) * interval '3 minutes', c * 16 + m), conversation_id, 'mid.' || c || '.' || m,
       case when m % 2 = 0 then 'inbound' else 'outbound' end, 'text',
       case when m = $messages then 'Is the walnut board number ' || c || ' still available?' else 'Message ' || m || ' of conversation ' || c end,
       case when m % 2 = 0 then 'received' else 'sent' end, at - ($messages - m) * interval '3 minutes',
       case when m % 2 = 0 then m / 2 end
from seeded, generate_series(1, $messages) m;

-- Every third conversation has been read to its first inbound message by the owner.
insert into tenant.conversation_reads (account_id, conversation_id, user_id, read_seq)
select account_id, conversation_id, pg_temp.id7('2026-01-02', a), 1 from seeded where c % 3 = 0;
