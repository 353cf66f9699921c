-- Ten thousand open conversations of three messages each, for the account that the transaction is bound to.
with bound as (select current_setting('app.account_id')::uuid as account_id),
made as (
    select account_id, n, gen_random_uuid() as conversation_id, gen_random_uuid() as participant_id, gen_random_uuid() as last_id,
        now() - interval '1 hour' - n * interval '20 seconds' as at
    from bound, generate_series(1, 10000) n
),
people as (
    insert into tenant.participants (account_id, participant_id, igsid, username, name)
    select account_id, participant_id, (600000000000000 + n)::text, 'ten.thousand.' || n, 'Customer ' || n from made
),
threads as (
    insert into tenant.conversations (account_id, conversation_id, participant_id, inbound_seq, last_message_id, last_message_text,
        last_message_kind, last_message_direction, last_message_at, last_inbound_at, waiting_since, window_closes_at, human_agent_until)
    select account_id, conversation_id, participant_id, 3, last_id, 'Is number ' || n || ' still there?', 'text', 'inbound', at, at, at,
        at + interval '24 hours', at + interval '7 days'
    from made
)
insert into tenant.messages (account_id, message_id, conversation_id, mid, direction, kind, text, state, sent_at, inbound_seq)
select account_id, case m when 3 then last_id else gen_random_uuid() end, conversation_id, 'ten.' || n || '.' || m, 'inbound', 'text',
    case m when 3 then 'Is number ' || n || ' still there?' else 'Message ' || m || ' of number ' || n end,
    'received', at - (3 - m) * interval '1 minute', m
from made, generate_series(1, 3) m;
