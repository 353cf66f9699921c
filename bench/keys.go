package main

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

// keyTargets asks one server for the same pages with a session's token, the baseline, and with an API key.
func keyTargets(ctx context.Context, d *dataset) ([]target, error) {
	var o *ours
	base, err := serve(ctx, func(origin string) (_ http.Handler, err error) {
		if o, err = newOurs(ctx, d, "bench_app", origin); err != nil {
			return nil, err
		}
		return o.server, nil
	})
	if err != nil {
		return nil, err
	}
	questions, err := makeQuestions(ctx, d, base, o)
	if err != nil {
		return nil, err
	}
	session, err := parlorTarget("session", base, o, questions)
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(questions))
	for i, q := range questions {
		if keys[i], err = o.key(ctx, q.account); err != nil {
			return nil, err
		}
	}
	return []target{session, {"key", func(n int) *http.Request {
		i := n % len(questions)
		req := parlorRequest(base, keys[i], url.Values{"cursor": {questions[i].cursor}})
		req.URL.Path = "/api/v1/conversations"
		return req
	}}}, nil
}

// key makes an API key of the account, which ends by itself: the data outlives this process.
func (o *ours) key(ctx context.Context, account tenants.AccountID) (string, error) {
	_, text, err := o.keys.Create(ctx, auth.NewAPIKey{
		AccountID: account, Name: "bench", Scopes: []tenants.Permission{tenants.ConversationsRead}, ExpiresAt: time.Now().Add(time.Hour),
	})
	return text, err
}
