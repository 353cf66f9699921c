-- +goose Up
-- A delivery that is still being tried names something that was taken back, or somebody who was erased: should it be put aside, its body goes.
alter table platform.deliveries add column forget boolean not null default false;

-- +goose Down
alter table platform.deliveries drop column forget;
