package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"parlor/configs"
)

// checkPublic calls the installation by its public URL, as browsers and Meta do.
func (d *doctor) checkPublic() {
	ctx, cancel := context.WithTimeout(d.ctx, 30*time.Second)
	defer cancel()
	answer, err := d.get(ctx, "/auth/providers", nil)
	if err != nil {
		d.failf("public URL", "%s does not answer: %s", d.config.HTTP.PublicURL, err.Error())
		return
	}
	var list struct {
		Providers []struct {
			ID string `json:"id"`
		} `json:"providers"`
	}
	if answer.status != http.StatusOK || json.Unmarshal(answer.body, &list) != nil {
		d.failf("public URL", "%s answers %d, and not as Parlor does: does it lead here?", d.config.HTTP.PublicURL, answer.status)
		return
	}
	var ids []string
	for _, p := range list.Providers {
		ids = append(ids, p.ID)
	}
	if slices.Equal(ids, d.config.Providers) {
		d.okf("public URL", "%s leads here", d.config.HTTP.PublicURL)
	} else {
		d.warnf("public URL", "%s offers %v, this configuration %v: another installation, or not restarted yet", d.config.HTTP.PublicURL, ids, d.config.Providers)
	}
	if at, err := http.ParseTime(answer.date); err == nil {
		d.judgeClock("the public URL's clock", time.Until(at), time.Second) // Date has whole seconds
	}
	if slices.Contains(d.config.Providers, configs.ProviderInstagram) {
		d.checkCallback(ctx)
	}
	if !d.config.Instagram.VerifyToken.IsZero() {
		d.checkHandshake(ctx)
	}
}

// checkCallback begins a sign-in and looks at where Instagram would send the browser back to.
func (d *doctor) checkCallback(ctx context.Context) {
	want := d.config.HTTP.PublicURL.JoinPath("auth/instagram/callback").String()
	answer, err := d.get(ctx, "/auth/instagram/login", nil)
	if err != nil {
		d.failf("callback", "%s", err.Error())
		return
	}
	if answer.to == nil {
		d.failf("callback", "a sign-in does not begin (%d)", answer.status)
		return
	}
	if got := answer.to.Query().Get("redirect_uri"); got != want {
		d.failf("callback", "Instagram would send people to %s, not to %s", got, want)
		return
	}
	d.okf("callback", "%s; it must stand in the app's settings at Meta, byte for byte", want)
}

// checkHandshake asks what Meta asks when a webhook is registered.
func (d *doctor) checkHandshake(ctx context.Context) {
	challenge := rand.Text()
	answer, err := d.get(ctx, "/webhooks/instagram", url.Values{
		"hub.mode": {"subscribe"}, "hub.challenge": {challenge}, "hub.verify_token": {d.config.Instagram.VerifyToken.Reveal()},
	})
	switch {
	case err != nil:
		d.failf("webhook", "%s", err.Error())
	case answer.status != http.StatusOK || string(answer.body) != challenge:
		d.failf("webhook", "the handshake is refused (%d): the verify token there is another one", answer.status)
	default:
		d.okf("webhook", "the handshake is answered")
	}
}

// get asks once, follows no redirect, and reads a little. An error does not repeat the address, whose query may hold the verify token.
func (d *doctor) get(ctx context.Context, path string, query url.Values) (publicAnswer, error) {
	target := *d.config.HTTP.PublicURL
	target.Path, target.RawQuery = path, query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), http.NoBody)
	if err != nil {
		return publicAnswer{}, fmt.Errorf("ask %s: cannot be asked", path)
	}
	client := http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(request)
	if err != nil {
		if failed, ok := err.(*url.Error); ok { //nolint:errorlint // exactly what Do returns
			err = failed.Err
		}
		return publicAnswer{}, fmt.Errorf("ask %s: %w", path, err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	to, _ := answer.Location() // nil: it is no redirect
	return publicAnswer{status: answer.StatusCode, date: answer.Header.Get("Date"), to: to, body: body}, err
}

// publicAnswer is what the installation answers under its public URL.
type publicAnswer struct {
	status int
	date   string
	to     *url.URL // of a redirect
	body   []byte
}
