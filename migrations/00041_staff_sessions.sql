-- +goose Up
-- A staff role is used in the sessions that proved it, and in no other of the same person: another provider knows nothing of the group, the file
-- or the hour that the role hangs on. Sessions from before keep it where their provider gives roles and their life is that of staff.
alter table platform.sessions add column staff boolean not null default false;
update platform.sessions s set staff = true from platform.users u
    where u.user_id = s.user_id and u.staff_role is not null and s.provider <> 'instagram'
        and s.expires_at - s.created_at <= interval '24 hours';

-- +goose Down
alter table platform.sessions drop column staff;
