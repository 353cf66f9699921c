package tenants

import "slices"

// The rules of the second wall. Each query returns the objects that break it.
var catalogRules = slices.Concat(roleRules, []catalogRule{
	{"table on no list", `
		select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname in ('tenant', 'platform') and c.relkind in ('r', 'p', 'f')
		  and not n.nspname || '.' || c.relname = any(@tenant_tables::text[] || @platform_tables::text[])`},
	{"tenant table is missing", `select t from unnest(@tenant_tables::text[]) t where to_regclass(t) is null`},
	{"view on no list", `
		select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname in ('tenant', 'platform') and c.relkind in ('v', 'm')
		  and not n.nspname || '.' || c.relname = any(@views::text[])`},
	{"security definer function on no list", `
		select n.nspname || '.' || p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
		where p.prosecdef and n.nspname <> 'information_schema' and n.nspname not like 'pg\_%'
		  and not n.nspname || '.' || p.proname = any(@functions::text[])`},
	{"trigger or rule on no list", `
		select n.nspname || '.' || c.relname || '.' || x.name from (
		    select tgrelid as rel, tgname as name from pg_trigger where not tgisinternal
		    union all select ev_class, rulename from pg_rewrite
		) x join pg_class c on c.oid = x.rel join pg_namespace n on n.oid = c.relnamespace
		where n.nspname in ('tenant', 'platform') and c.relkind in ('r', 'p')
		  and not n.nspname || '.' || c.relname || '.' || x.name = any(@triggers::text[])`},
	{"account_id is missing, nullable or no uuid", `
		select t from unnest(@tenant_tables::text[]) t where to_regclass(t) is not null and not exists (
		    select from pg_attribute a where a.attrelid = to_regclass(t) and a.attname = 'account_id'
		      and a.atttypid = 'uuid'::regtype and a.attnotnull and not a.attisdropped)`},
	{"key does not lead with account_id", `
		select c.conrelid::regclass || ' ' || c.conname from pg_constraint c
		where c.conrelid in (select to_regclass(t) from unnest(@tenant_tables::text[]) t) and c.contype in ('p', 'u', 'f', 'x')
		  and (not exists (select from pg_attribute a where a.attrelid = c.conrelid and a.attnum = c.conkey[1] and a.attname = 'account_id')
		    or c.contype = 'f' and not exists (
		       select from pg_attribute a where a.attrelid = c.confrelid and a.attnum = c.confkey[1] and a.attname = 'account_id'))`},
	{"table has no primary key", `
		select t from unnest(@tenant_tables::text[]) t where to_regclass(t) is not null and not exists (
		    select from pg_constraint c where c.conrelid = to_regclass(t) and c.contype = 'p')`},
	{"unique index does not lead with account_id", `
		select i.indexrelid::regclass::text from pg_index i
		where i.indrelid in (select to_regclass(t) from unnest(@tenant_tables::text[]) t) and i.indisunique and not exists (
		    select from pg_attribute a where a.attrelid = i.indrelid and a.attnum = i.indkey[0] and a.attname = 'account_id')`},
	{"row security is not enabled", `
		select c.oid::regclass::text from pg_class c
		where c.oid in (select to_regclass(t) from unnest(@tenant_tables::text[]) t) and not c.relrowsecurity`},
	{"row security is not forced", `
		select c.oid::regclass::text from pg_class c
		where c.oid in (select to_regclass(t) from unnest(@tenant_tables::text[]) t where not t = any(@owner_reads::text[])) and not c.relforcerowsecurity`},
	{"not exactly one policy", `
		select t || ' has ' || (select count(*) from pg_policy p where p.polrelid = to_regclass(t)) from unnest(@tenant_tables::text[]) t
		where to_regclass(t) is not null and (select count(*) from pg_policy p where p.polrelid = to_regclass(t)) <> 1`},
	{"policy is not permissive, for all commands and for public", `
		select p.polrelid::regclass || ' ' || p.polname from pg_policy p
		where p.polrelid in (select to_regclass(t) from unnest(@tenant_tables::text[]) t)
		  and not (p.polpermissive and p.polcmd = '*' and p.polroles = '{0}'::oid[])`},
	{"policy says something else", `
		select p.polrelid::regclass || ' ' || p.polname from pg_policy p
		where p.polrelid in (select to_regclass(t) from unnest(@tenant_tables::text[]) t)
		  and (pg_get_expr(p.polqual, p.polrelid) is distinct from @policy::text
		    or pg_get_expr(p.polwithcheck, p.polrelid) is distinct from @policy::text)`},
	{"table is owned by a service role", `
		select c.oid::regclass || ' by ' || pg_get_userbyid(c.relowner) from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname in ('tenant', 'platform') and c.relkind in ('r', 'p', 'v', 'm') and (
		    pg_has_role(current_user, c.relowner, 'MEMBER') or exists (
		    select from pg_roles r where r.rolname in ('parlor_app', 'parlor_platform') and pg_has_role(c.relowner, r.oid, 'MEMBER')))`},
}, privilegeRules)

// What the role of the connection is.
var roleRules = []catalogRule{
	{"app role is a superuser", `select rolname from pg_roles where rolname in (current_user, session_user) and rolsuper`},
	{"app role bypasses row security", `select rolname from pg_roles where rolname in (current_user, session_user) and rolbypassrls`},
	{"app role may create roles or databases, or replicate", `
		select rolname from pg_roles where rolname in (current_user, session_user) and (rolcreaterole or rolcreatedb or rolreplication)`},
	{"app role can become a stronger role", `
		select rolname from pg_roles where rolname not in (current_user, session_user) and pg_has_role(session_user, oid, 'MEMBER')
		  and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication or rolname like 'pg\_%'
		    or rolname in ('parlor_owner', 'parlor_platform'))`},
	{"connection does not act as the role that it signed in with", `
		select session_user || ' as ' || current_user where session_user <> current_user`},
	{"search path puts other schemas before pg_catalog", `
		select array_to_string(current_schemas(true), ', ') where (current_schemas(true))[1] is distinct from 'pg_catalog'`},
	{"row_security is switched off", `select current_setting('row_security') where current_setting('row_security') <> 'on'`},
	{"an account is set outside a transaction", `
		select 'connection' where coalesce(current_setting('app.account_id', true), '') <> ''
		union all select coalesce(r.rolname, 'database') from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole
		where exists (select from unnest(s.setconfig) c where c like 'app.account\_id=%')
		  and (s.setdatabase = 0 or s.setdatabase = (select oid from pg_database where datname = current_database()))
		  and (s.setrole = 0 or r.rolname in (current_user, session_user))`},
}

// What the platform's role is.
var platformRoleRules = []catalogRule{
	{"platform role has powers of its own", `
		select rolname from pg_roles where rolname in (current_user, session_user)
		  and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)`},
	{"platform role can become a stronger role", `
		select rolname from pg_roles where rolname not in (current_user, session_user) and pg_has_role(session_user, oid, 'MEMBER')
		  and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication or rolname like 'pg\_%'
		    or rolname in ('parlor_owner', 'parlor_app'))`},
	{"platform connection does not act as the role that it signed in with", `
		select session_user || ' as ' || current_user where session_user <> current_user`},
	{"platform connection has an account set outside a transaction", `
		select 'connection' where coalesce(current_setting('app.account_id', true), '') <> ''`},
}

// What the role of the connection may do.
var privilegeRules = []catalogRule{
	{"app role may create in the database", `
		select p from unnest(array['CREATE', 'TEMPORARY']) p where has_database_privilege(current_user, current_database(), p)`},
	{"app role may create in a schema", `
		select nspname from pg_namespace where has_schema_privilege(current_user, oid, 'CREATE') and nspname not like 'pg\_t%'`},
	{"app role has a privilege too many", `
		select g from pg_class c join pg_namespace n on n.oid = c.relnamespace,
		    unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p,
		    concat(n.nspname, '.', c.relname, ' ', p) g
		where n.nspname not like 'pg\_%' and n.nspname <> 'information_schema' and c.relkind in ('r', 'p', 'f', 'm', 'v')
		  and has_table_privilege(current_user, c.oid, p) and not g = any(@grants::text[])`},
	{"app role has a column privilege too many", `
		select g from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace,
		    unnest(array['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) p,
		    concat(n.nspname, '.', c.relname, ' ', p, '(', a.attname, ')') g
		where n.nspname not like 'pg\_%' and n.nspname <> 'information_schema' and c.relkind in ('r', 'p', 'f', 'm', 'v')
		  and a.attnum > 0 and not a.attisdropped and not has_table_privilege(current_user, c.oid, p)
		  and has_column_privilege(current_user, c.oid, a.attnum, p) and not g = any(@grants::text[])`},
	{"somebody else has a privilege on an account's table", `
		select c.oid::regclass || ' ' || x.privilege_type || ' to ' || case x.grantee when 0 then 'public' else pg_get_userbyid(x.grantee) end
		from pg_class c, lateral (
		    select a.grantee, a.privilege_type from aclexplode(c.relacl) a
		    union select a.grantee, a.privilege_type from pg_attribute t, aclexplode(t.attacl) a where t.attrelid = c.oid) x
		where c.oid in (select to_regclass(t) from unnest(@tenant_tables::text[]) t) and x.grantee <> c.relowner
		  and x.grantee not in (select oid from pg_roles where rolname = 'parlor_app')
		  and not exists (select from pg_roles r where r.oid = x.grantee and r.rolname = 'parlor_platform'
		    and (x.privilege_type in ('SELECT', 'INSERT') and c.oid in (to_regclass('tenant.audit'), to_regclass('tenant.audit_heads'))
		      or x.privilege_type = 'UPDATE' and c.oid = to_regclass('tenant.audit_heads')))`},
}
