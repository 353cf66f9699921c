package migrations

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// The group roles. Privileges hang on them; login roles are members. They belong to the whole cluster.
const (
	ownerRole    = "parlor_owner"
	appRole      = "parlor_app"
	platformRole = "parlor_platform"
)

var groups = []string{ownerRole, appRole, platformRole}

// rolesLock keeps two callers that make cluster-wide roles at the same time apart.
const rolesLock = 7_276_527_002

// Logins are the database URLs of the three roles that log in, as the service's configuration has them: user, password and database are
// taken from there, and the three must name the same database.
type Logins struct {
	App      string
	Platform string
	Migrate  string
}

// login is one of them, read.
type login struct{ user, password, database, group string }

// InitRoles makes, or corrects, the group roles, the three login roles with their passwords, the database with its privileges. adminDSN is
// that of a superuser, or of a role that may create roles and databases. It touches no table and may be repeated at any time, with data in the
// database or without.
func InitRoles(ctx context.Context, adminDSN string, l Logins) error {
	logins, err := l.parse()
	if err != nil {
		return err
	}
	admin, err := connect(ctx, adminDSN, "")
	if err != nil {
		return err
	}
	defer admin.Close(ctx)
	if err := locked(ctx, admin, func() error { return makeRoles(ctx, admin, logins) }); err != nil {
		return err
	}
	if err := makeDatabase(ctx, admin, logins[0].database); err != nil {
		return err
	}
	inside, err := connect(ctx, adminDSN, logins[0].database)
	if err != nil {
		return err
	}
	defer inside.Close(ctx)
	return grantDatabase(ctx, inside, logins[0].database)
}

func (l Logins) parse() ([]login, error) {
	var out []login
	for _, one := range []struct{ key, dsn, group string }{
		{"PARLOR_DATABASE_URL", l.App, appRole},
		{"PARLOR_PLATFORM_DATABASE_URL", l.Platform, platformRole},
		{"PARLOR_MIGRATE_DATABASE_URL", l.Migrate, ownerRole},
	} {
		cfg, err := pgx.ParseConfig(one.dsn)
		if err != nil || one.dsn == "" || cfg.User == "" || cfg.Database == "" {
			return nil, fmt.Errorf("%s: %w with a user and a database", one.key, ErrBadDSN)
		}
		out = append(out, login{user: cfg.User, password: cfg.Password, database: cfg.Database, group: one.group})
	}
	if out[0].database != out[1].database || out[0].database != out[2].database {
		return nil, errors.New("the three database URLs name different databases")
	}
	if out[0].user == out[1].user || out[0].user == out[2].user || out[1].user == out[2].user {
		return nil, errors.New("the three database URLs need three different users: the walls rest on that")
	}
	return out, nil
}

func makeRoles(ctx context.Context, admin *pgx.Conn, logins []login) error {
	for _, group := range groups {
		if err := ensureRole(ctx, admin, group, false); err != nil {
			return err
		}
	}
	for _, l := range logins {
		if err := ensureRole(ctx, admin, l.user, true); err != nil {
			return err
		}
		if err := setPassword(ctx, admin, l.user, l.password); err != nil {
			return err
		}
		if err := setGroup(ctx, admin, l.user, l.group); err != nil {
			return err
		}
	}
	return nil
}

// ensureRole makes the role, or takes from an existing one every power that a role of ours must not have. One that is as it should be is
// left alone: group roles are shared by all databases of the server.
func ensureRole(ctx context.Context, admin *pgx.Conn, name string, login bool) error {
	verb := "create role "
	var right bool
	err := admin.QueryRow(ctx, `select rolinherit and rolcanlogin = $2
			and not (rolsuper or rolbypassrls or rolreplication or rolcreatedb or rolcreaterole)
		from pg_roles where rolname = $1`, name, login).Scan(&right)
	switch {
	case err == nil && right:
		return nil
	case err == nil:
		verb = "alter role "
	case !errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("look for role %s: %w", name, err)
	}
	powers := " inherit nocreatedb nocreaterole nologin"
	if login {
		powers = " inherit nocreatedb nocreaterole login"
	}
	if super, err := isSuperuser(ctx, admin); err != nil {
		return fmt.Errorf("look for the administrator's powers: %w", err)
	} else if super { // only a superuser may say so, and only a superuser could have given it
		powers += " nosuperuser nobypassrls noreplication"
	}
	if _, err := admin.Exec(ctx, verb+quote(name)+powers); err != nil {
		return fmt.Errorf("make role %s: %w", name, err)
	}
	return nil
}

func isSuperuser(ctx context.Context, admin *pgx.Conn) (super bool, err error) {
	err = admin.QueryRow(ctx, "select rolsuper from pg_roles where rolname = current_user").Scan(&super)
	return super, err
}

// setGroup makes the login role a member of this group and of no other of ours: one that is in two would walk through the wall between them.
func setGroup(ctx context.Context, admin *pgx.Conn, user, group string) error {
	for _, other := range groups {
		var member bool
		err := admin.QueryRow(ctx, `select exists (select from pg_auth_members where roleid = $1::regrole and member = $2::regrole)`,
			quote(other), quote(user)).Scan(&member)
		if err != nil {
			return fmt.Errorf("look for the groups of %s: %w", user, err)
		}
		var statement string
		switch {
		case member && other != group:
			statement = "revoke " + other + " from " + quote(user)
		case !member && other == group:
			statement = "grant " + group + " to " + quote(user)
		default:
			continue
		}
		if _, err := admin.Exec(ctx, statement); err != nil {
			return fmt.Errorf("set the group of %s: %w", user, err)
		}
	}
	return nil
}

func makeDatabase(ctx context.Context, admin *pgx.Conn, name string) error {
	var exists bool
	if err := admin.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&exists); err != nil {
		return fmt.Errorf("look for the database: %w", err)
	}
	if exists {
		return nil
	}
	if _, err := admin.Exec(ctx, "create database "+quote(name)); err != nil {
		return fmt.Errorf("create the database: %w", err)
	}
	return nil
}

// grantDatabase lets the owner migrate and takes from everybody else what PostgreSQL gives to PUBLIC.
func grantDatabase(ctx context.Context, admin *pgx.Conn, name string) error {
	for _, statement := range []string{
		"revoke all on database " + quote(name) + " from public",
		"grant connect on database " + quote(name) + " to " + appRole + ", " + platformRole + ", " + ownerRole,
		"grant create on database " + quote(name) + " to " + ownerRole,
		"revoke all on schema public from public",
		"grant usage on schema public to " + appRole + ", " + platformRole,
		"grant usage, create on schema public to " + ownerRole,
	} {
		if _, err := admin.Exec(ctx, statement); err != nil {
			return fmt.Errorf("set the database's privileges: %w", err)
		}
	}
	return nil
}

func locked(ctx context.Context, conn *pgx.Conn, do func() error) error {
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", rolesLock); err != nil {
		return fmt.Errorf("wait for another set-up: %w", err)
	}
	err := do()
	_, unlock := conn.Exec(ctx, "select pg_advisory_unlock($1)", rolesLock)
	return errors.Join(err, unlock)
}

func connect(ctx context.Context, dsn, dbName string) (*pgx.Conn, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil || dsn == "" {
		return nil, fmt.Errorf("administrator's URL: %w", ErrBadDSN)
	}
	if dbName != "" {
		cfg.Database = dbName
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("connect as administrator: %w", err)
	}
	return conn, nil
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
