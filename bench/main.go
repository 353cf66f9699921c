package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"time"
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
	only := flag.String("scenario", "", "inbox, keys, password or search; default all of them")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *dir, size{*accounts, 250, 4}, *only, *count, *length); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has run
	}
}

func run(ctx context.Context, dir string, s size, only string, count int, length time.Duration) (err error) {
	d, err := openDataset(ctx, dir, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.cluster.Stop()) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	fmt.Printf("%v; %d CPUs; %s; %d rounds of %v\n", s, runtime.NumCPU(), runtime.Version(), count, length)
	for _, sc := range scenarios {
		if only != "" && sc.name != only {
			continue
		}
		if err := sc.run(ctx, d, count, length); err != nil {
			return fmt.Errorf("%s: %w", sc.name, err)
		}
	}
	return nil
}

// scenario is one question that is asked of several variants.
type scenario struct {
	name string
	run  func(ctx context.Context, d *dataset, count int, length time.Duration) error
}

var scenarios = []scenario{
	{"inbox", pages(inboxTargets)},
	{"keys", pages(keyTargets)},
	{"password", passwords},
	{"search", search},
}

// pages measures targets that all answer the same pages; the first is the baseline.
func pages(open func(context.Context, *dataset) ([]target, error)) func(context.Context, *dataset, int, time.Duration) error {
	return func(ctx context.Context, d *dataset, count int, length time.Duration) error {
		targets, err := open(ctx, d)
		if err != nil {
			return err
		}
		if err := agree(ctx, targets); err != nil {
			return err
		}
		for _, clients := range []int{1, 32} {
			r, err := alternate(ctx, targets, clients, count, length)
			if err != nil {
				return err
			}
			r.print(os.Stdout, fmt.Sprintf("page of %d rows, %d client(s)", pageSize, clients), names(targets), targets[0].name)
		}
		return nil
	}
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
