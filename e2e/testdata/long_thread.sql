-- Two thousand messages of every length, over days, before those of the newest thread of the account that the transaction
-- is bound to.
with thread as (
    select c.account_id, c.conversation_id, (select min(sent_at) from tenant.messages m
        where m.account_id = c.account_id and m.conversation_id = c.conversation_id) as before
    from tenant.conversations c
    where c.account_id = current_setting('app.account_id')::uuid
    order by c.last_message_at desc limit 1
)
insert into tenant.messages (account_id, message_id, conversation_id, mid, direction, kind, text, state, sent_at, inbound_seq)
select account_id, gen_random_uuid(), conversation_id, 'long.' || n, 'inbound', 'text',
    'Number ' || n || repeat(' and so on, word by word by word', (n * 7) % 11 * ((n % 3 = 0)::int)),
    'received', before - (2001 - n) * interval '2 minutes', 0
from thread, generate_series(1, 2000) n;
