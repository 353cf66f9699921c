-- +goose Up
-- The messages of a range of days, for the figures, are one walk in the order of time.
create index messages_time on tenant.messages (account_id, sent_at, message_id);

-- +goose Down
drop index tenant.messages_time;
