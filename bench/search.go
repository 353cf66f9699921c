package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/conversations"
	"parlor/conversations/words"
	"parlor/tenants"
)

//go:embed search.sql
var searchSQL string

// searchWay is one way to find the newest messages with some words, as the app role inside an account.
type searchWay struct {
	name string
	sql  string
	arg  func(query string) string
}

// The first is Parlor's own statement. %tag% stands for the tag of the account's words.
var searchWays = []searchWay{
	{"function over the words", `select entry_id from tenant.find_words($1, null::timestamptz, null::uuid, 21)`, vectorQuery},
	{"words under row security", `select entry_id from tenant.search_words where words @@ $1::tsquery order by at desc, entry_id desc limit 21`, vectorQuery},
	{"ilike under row security", `select message_id from tenant.messages where text ilike $1 order by sent_at desc, message_id desc limit 21`, likeQuery},
	{
		"a row for each word", `select message_id from tenant.bench_words where word >= $1 and word < $1 || chr(1114111) order by at desc, message_id desc limit 21`,
		func(query string) string { return strings.Fields(query)[0] },
	},
}

func vectorQuery(query string) string { return words.ParseQuery(query).TSQuery("%tag%") }

func likeQuery(query string) string { return "%" + strings.ReplaceAll(query, " ", "%") + "%" }

// search compares ways to search: time, size, and how long it takes to prepare what was there.
func search(ctx context.Context, d *dataset, count int, _ time.Duration) error {
	admin, err := pgx.Connect(ctx, d.cluster.AdminDSN(dbName))
	if err != nil {
		return err
	}
	defer admin.Close(ctx)
	accounts, err := prepareSearch(ctx, d, admin)
	if err != nil {
		return err
	}
	if err := printSizes(ctx, admin); err != nil {
		return err
	}
	app, err := pgx.Connect(ctx, d.dsn("bench_app"))
	if err != nil {
		return err
	}
	defer app.Close(ctx)
	for name, account := range accounts {
		if err := compareWays(ctx, admin, app, name, account, 3*count); err != nil {
			return err
		}
	}
	return nil
}

// prepareSearch writes the texts and has Parlor prepare them, unless that was done in an earlier run; it returns a large account and a small one.
func prepareSearch(ctx context.Context, d *dataset, admin *pgx.Conn) (map[string]string, error) {
	var large, small string
	err := admin.QueryRow(ctx, "select min(account_id::text), max(account_id::text) from tenant.conversations").Scan(&large, &small)
	if err != nil {
		return nil, err
	}
	accounts := map[string]string{"101,000 messages": large, "1,000 messages": small}
	var done bool
	if err := admin.QueryRow(ctx, "select to_regclass('tenant.bench_words') is not null").Scan(&done); err != nil || done {
		return accounts, err
	}
	if _, err := admin.Exec(ctx, searchSQL); err != nil {
		return nil, err
	}
	if err := indexAll(ctx, d, admin); err != nil {
		return nil, err
	}
	_, err = admin.Exec(ctx, "vacuum analyze")
	return accounts, err
}

// indexAll is what each account's first search leaves to a job.
func indexAll(ctx context.Context, d *dataset, admin *pgx.Conn) error {
	db, err := tenants.Open(ctx, d.dsn("bench_app"), tenants.Options{MaxConns: 2, AuditKey: make([]byte, tenants.AuditKeyBytes)})
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := admin.Query(ctx, "select account_id from platform.accounts")
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[tenants.AccountID])
	if err != nil {
		return err
	}
	began := time.Now()
	store, indexer := conversations.NewStore(db, nil), conversations.NewIndexer(db)
	for _, id := range ids {
		inside := tenants.WithAccount(ctx, id)
		if _, err := store.Search(inside, "x", "", 1); err != nil {
			return err
		}
		for done := false; !done; {
			if done, err = indexer.Step(inside); err != nil {
				return err
			}
		}
	}
	var n int64
	err = admin.QueryRow(ctx, "select count(*) from tenant.search_words where message_id is not null").Scan(&n)
	fmt.Printf("prepared %d messages in %v\n", n, time.Since(began).Round(time.Second))
	return err
}

func printSizes(ctx context.Context, admin *pgx.Conn) error {
	rows, err := admin.Query(ctx, `select c.relname::text, pg_total_relation_size(c.oid) >> 20, pg_indexes_size(c.oid) >> 20 from pg_class c
		where c.oid in ('tenant.messages'::regclass, 'tenant.search_words'::regclass, 'tenant.bench_words'::regclass) order by 1`)
	if err != nil {
		return err
	}
	sizes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct {
		Table          string
		Total, Indexes int64
	}])
	for _, s := range sizes {
		fmt.Printf("%s: %d MB, of which indexes %d MB\n", s.Table, s.Total, s.Indexes)
	}
	return err
}

// compareWays asks each way the same in turns, and prints medians beside the first one's.
func compareWays(ctx context.Context, admin, app *pgx.Conn, name, account string, rounds int) error {
	queries, err := searchQueries(ctx, admin)
	if err != nil {
		return err
	}
	tag, err := tagOf(ctx, admin, account)
	if err != nil {
		return err
	}
	fmt.Printf("\nsearch in an account of %s, %d rounds\n", name, rounds)
	tw := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, q := range queries {
		took := map[string][]time.Duration{}
		for range rounds {
			for _, way := range searchWays {
				t, err := askOnce(ctx, app, account, way, strings.ReplaceAll(way.arg(q.text), "%tag%", tag))
				if err != nil {
					return fmt.Errorf("%s, %s: %w", way.name, q.what, err)
				}
				took[way.name] = append(took[way.name], t)
			}
		}
		first := middle(took[searchWays[0].name])
		for _, way := range searchWays {
			m := middle(took[way.name])
			fmt.Fprintf(tw, "%s\t%s\tp50 %v\t%.2f\t\n", q.what, way.name, m.Round(10*time.Microsecond), m.Seconds()/first.Seconds())
		}
	}
	return tw.Flush()
}

type searchQuery struct{ what, text string }

// searchQueries are words by how often they are used; pg_temp.word of search.sql says which they are.
func searchQueries(ctx context.Context, admin *pgx.Conn) (queries []searchQuery, err error) {
	word := func(n int) (w string) {
		if err == nil {
			err = admin.QueryRow(ctx, `select substr(translate(md5($1::int::text), '0123456789', 'ghijklmnop'), 1, 3 + $1::int % 7)`, n).Scan(&w)
		}
		return w
	}
	frequent, usual, rare := word(3), word(300), word(15000)
	return []searchQuery{
		{"a rare word", rare},
		{"a usual word", usual},
		{"a frequent word", frequent},
		{"a frequent and a usual one", frequent + " " + usual},
		{"two letters", usual[:2]},
		{"no such word", "zzzzzz"},
	}, err
}

// tagOf reads the tag of the account's words off one of them.
func tagOf(ctx context.Context, admin *pgx.Conn, account string) (tag string, err error) {
	err = admin.QueryRow(ctx, `select left((tsvector_to_array(words))[1], 9) from tenant.search_words where account_id = $1 and message_id is not null limit 1`, account).Scan(&tag)
	return tag, err
}

func askOnce(ctx context.Context, app *pgx.Conn, account string, way searchWay, arg string) (took time.Duration, err error) {
	tx, err := app.BeginTx(ctx, pgx.TxOptions{BeginQuery: "begin; set local app.account_id = '" + account + "'"})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, tx.Rollback(ctx)) }()
	began := time.Now()
	rows, err := tx.Query(ctx, way.sql, arg)
	if err != nil {
		return 0, err
	}
	_, err = pgx.CollectRows(rows, pgx.RowTo[[16]byte])
	return time.Since(began), err
}
