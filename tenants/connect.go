package tenants

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	connectTimeout = 5 * time.Second
	pingTimeout    = 5 * time.Second // of a connection that lay idle, before it is used again
)

// sessionDefaults bound what a statement of ours may cost the database, in milliseconds. A DSN that sets them itself is left alone.
var sessionDefaults = map[string]string{
	"statement_timeout":                   "30000",
	"lock_timeout":                        "10000",
	"idle_in_transaction_session_timeout": "60000",
}

// newPool reads the DSN and makes a pool that connects when it is used. Times come out in UTC, and the connections carry the application's
// name. An error does not repeat the DSN, which may hold a password; nothing logs what a statement is given.
func newPool(ctx context.Context, dsn, application string, o Options) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil || dsn == "" {
		return nil, ErrBadDSN
	}
	params := cfg.ConnConfig.RuntimeParams
	for name, value := range sessionDefaults {
		if _, set := params[name]; !set {
			params[name] = value
		}
	}
	if _, set := params["application_name"]; !set {
		params["application_name"] = application
	}
	if cfg.ConnConfig.ConnectTimeout == 0 {
		cfg.ConnConfig.ConnectTimeout = connectTimeout
	}
	if o.MaxConns > 0 {
		cfg.MaxConns = o.MaxConns
	}
	cfg.PingTimeout = pingTimeout
	cfg.MaxConnLifetimeJitter = cfg.MaxConnLifetime / 10
	cfg.AfterConnect = utcTimes
	return pgxpool.NewWithConfig(ctx, cfg)
}

func utcTimes(_ context.Context, c *pgx.Conn) error {
	c.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}
