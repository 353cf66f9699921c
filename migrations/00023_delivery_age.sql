-- +goose Up
-- Rows of split deliveries go after a week. They lie in the order in which they came, so that a coarse index is enough and costs nothing to
-- write.
create index deliveries_age on platform.deliveries using brin (received_at);

-- +goose Down
drop index platform.deliveries_age;
