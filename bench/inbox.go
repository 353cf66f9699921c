package main

import (
	"context"
	"net/http"
	"net/url"

	"github.com/jackc/pgx/v5/pgxpool"
)

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
