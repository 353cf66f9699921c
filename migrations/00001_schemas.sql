-- +goose Up
-- Two schemas, one rule each. `tenant` holds what belongs to the inside of one account and is fenced by
-- row-level security; `platform` holds what must be found before an account is known. The group roles
-- parlor_owner, parlor_app and parlor_platform exist already: `parlor db init` makes them.
create schema tenant;
create schema platform;
grant usage on schema tenant to parlor_app, parlor_platform;
grant usage on schema platform to parlor_app, parlor_platform;

-- +goose Down
drop schema platform;
drop schema tenant;
