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
	answer, body, err := d.get(ctx, "/auth/providers", nil)
	if err != nil {
		d.fail("public URL", "%s does not answer: %s", d.config.HTTP.PublicURL, err.Error())
		return
	}
	var list struct {
		Providers []struct {
			ID string `json:"id"`
		} `json:"providers"`
	}
	if answer.StatusCode != http.StatusOK || json.Unmarshal(body, &list) != nil {
		d.fail("public URL", "%s answers %d, and not as Parlor does: does it lead here?", d.config.HTTP.PublicURL, answer.StatusCode)
		return
	}
	var ids []string
	for _, p := range list.Providers {
		ids = append(ids, p.ID)
	}
	if slices.Equal(ids, d.config.Providers) {
		d.ok("public URL", "%s leads here", d.config.HTTP.PublicURL)
	} else {
		d.warn("public URL", "%s offers %v, this configuration %v: another installation, or not restarted yet", d.config.HTTP.PublicURL, ids, d.config.Providers)
	}
	if at, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
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
	answer, _, err := d.get(ctx, "/auth/instagram/login", nil)
	if err != nil {
		d.fail("callback", "%s", err.Error())
		return
	}
	to, err := answer.Location()
	if err != nil {
		d.fail("callback", "a sign-in does not begin (%d)", answer.StatusCode)
		return
	}
	if got := to.Query().Get("redirect_uri"); got != want {
		d.fail("callback", "Instagram would send people to %s, not to %s", got, want)
		return
	}
	d.ok("callback", "%s; it must stand in the app's settings at Meta, byte for byte", want)
}

// checkHandshake asks what Meta asks when a webhook is registered.
func (d *doctor) checkHandshake(ctx context.Context) {
	challenge := rand.Text()
	answer, body, err := d.get(ctx, "/webhooks/instagram", url.Values{
		"hub.mode": {"subscribe"}, "hub.challenge": {challenge}, "hub.verify_token": {d.config.Instagram.VerifyToken.Reveal()},
	})
	switch {
	case err != nil:
		d.fail("webhook", "%s", err.Error())
	case answer.StatusCode != http.StatusOK || string(body) != challenge:
		d.fail("webhook", "the handshake is refused (%d): the verify token there is another one", answer.StatusCode)
	default:
		d.ok("webhook", "the handshake is answered")
	}
}

// get asks once, follows no redirect, and reads a little. An error does not repeat the address, whose query may hold the verify token.
func (d *doctor) get(ctx context.Context, path string, query url.Values) (*http.Response, []byte, error) {
	target := *d.config.HTTP.PublicURL
	target.Path, target.RawQuery = path, query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), http.NoBody)
	if err != nil {
		return nil, nil, fmt.Errorf("ask %s: cannot be asked", path)
	}
	client := http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(request)
	if err != nil {
		if failed, ok := err.(*url.Error); ok { //nolint:errorlint // exactly what Do returns
			err = failed.Err
		}
		return nil, nil, fmt.Errorf("ask %s: %w", path, err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	return answer, body, err
}
