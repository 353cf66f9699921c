-- +goose Up
-- What was shared in a thread is one walk, however long the thread is.
create index messages_shared on tenant.messages (account_id, conversation_id, sent_at desc, message_id desc) where kind = 'attachment';

-- +goose Down
drop index tenant.messages_shared;
