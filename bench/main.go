package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	pageSize = 50
	poolSize = 16
)

func main() {
	dir := flag.String("data", "/var/tmp/parlor-bench", "where the filled database is kept")
	accounts := flag.Int("accounts", 2000, "how many accounts, of 250 conversations with 4 messages each")
	count := flag.Int("rounds", 7, "counted rounds")
	length := flag.Duration("round", time.Second, "length of one round of one variant")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *dir, size{*accounts, 250, 4}, *count, *length); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has run
	}
}

func run(ctx context.Context, dir string, s size, count int, length time.Duration) (err error) {
	d, err := openDataset(ctx, dir, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.cluster.Stop()) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	targets, err := inboxTargets(ctx, d)
	if err != nil {
		return err
	}
	if err := agree(ctx, targets); err != nil {
		return err
	}
	fmt.Printf("inbox page of %d rows; %v; %d CPUs; %s; %d rounds of %v\n", pageSize, s, runtime.NumCPU(), runtime.Version(), count, length)
	for _, clients := range []int{1, 32} {
		r, err := alternate(ctx, targets, clients, count, length)
		if err != nil {
			return err
		}
		r.print(os.Stdout, fmt.Sprintf("%d client(s)", clients), names(targets), targets[0].name)
	}
	return nil
}

// alternate measures all targets in every round, in random order, after one round that does not count.
func alternate(ctx context.Context, targets []target, clients, count int, length time.Duration) (rounds, error) {
	r := rounds{}
	for round := range count + 1 {
		for _, i := range rand.Perm(len(targets)) { //nolint:gosec // an order, nothing secret
			got, err := measure(ctx, targets[i], clients, length, round*104729)
			if err != nil {
				return nil, err
			}
			if round > 0 {
				r[targets[i].name] = append(r[targets[i].name], got)
			}
		}
	}
	return r, nil
}

// inboxTargets starts the four servers of the scenario.
func inboxTargets(ctx context.Context, d *dataset) ([]target, error) {
	cfg, err := pgxpool.ParseConfig(d.dsn(bypassRole))
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = poolSize
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	bareURL, err := serve(ctx, func(string) (http.Handler, error) { return bare(pool), nil })
	if err != nil {
		return nil, err
	}
	naiveURL, err := serve(ctx, func(string) (http.Handler, error) {
		db, err := openNaive(d.dsn(bypassRole))
		return naive(db), err
	})
	if err != nil {
		return nil, err
	}
	walled := map[string]*ours{}
	urls := map[string]string{}
	for name, role := range map[string]string{"wall1": bypassRole, "both": "bench_app"} {
		urls[name], err = serve(ctx, func(origin string) (http.Handler, error) {
			o, err := newOurs(ctx, d, role, origin)
			if err != nil {
				return nil, err
			}
			walled[name] = o
			return o.server, nil
		})
		if err != nil {
			return nil, err
		}
	}
	questions, err := makeQuestions(ctx, d, urls["both"], walled["both"])
	if err != nil {
		return nil, err
	}
	targets := []target{plainTarget("bare", bareURL, questions), plainTarget("naive", naiveURL, questions)}
	for _, name := range []string{"wall1", "both"} {
		t, err := parlorTarget(name, urls[name], walled[name], questions)
		if err != nil {
			return nil, err
		}
		targets = append(targets, t)
	}
	return targets, nil
}

func plainTarget(name, base string, questions []question) target {
	return target{name, func(n int) *http.Request { return plainRequest(base, questions[n%len(questions)]) }}
}

// parlorTarget makes the tokens before, as the page of a signed-in person has its own.
func parlorTarget(name, base string, o *ours, questions []question) (target, error) {
	tokens := make([]string, len(questions))
	for i, q := range questions {
		var err error
		if tokens[i], err = o.token(q.account, q.user); err != nil {
			return target{}, err
		}
	}
	return target{name, func(n int) *http.Request {
		i := n % len(questions)
		return parlorRequest(base, tokens[i], url.Values{"cursor": {questions[i].cursor}})
	}}, nil
}

// serve listens on a free loopback port until ctx ends.
func serve(ctx context.Context, handler func(origin string) (http.Handler, error)) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return "", err
	}
	origin := "http://localhost:" + port
	h, err := handler(origin)
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(l) }()
	return origin, nil
}

func names(targets []target) []string {
	out := make([]string, len(targets))
	for i, t := range targets {
		out[i] = t.name
	}
	return out
}
