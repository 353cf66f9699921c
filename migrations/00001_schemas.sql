-- +goose Up
-- Two schemas, one rule each. `tenant` holds what belongs to the inside of one account and is fenced by
-- row-level security; `platform` holds what must be found before an account is known. The group roles
-- parlor_owner, parlor_app and parlor_platform exist already: `parlor db init` makes them. The schema platform may exist as well, for the
-- runner keeps its book in it.
create schema tenant;
create schema if not exists platform;
grant usage on schema tenant to parlor_app, parlor_platform;
grant usage on schema platform to parlor_app, parlor_platform;
-- PostgreSQL lets everybody run a new function. Ours are granted one by one.
alter default privileges revoke execute on functions from public;

-- +goose Down
alter default privileges grant execute on functions to public;
revoke usage on schema platform from parlor_app;
drop schema tenant;
