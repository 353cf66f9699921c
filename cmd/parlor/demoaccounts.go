package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"parlor/instagram"
	"parlor/instagram/simulator"
	"parlor/tenants"
)

// connectBusinesses does for each of the three what its owner's sign-in does: consent, code, token, account, connection.
// Their owners' users come with their first sign-in.
func (d *demo) connectBusinesses(ctx context.Context, s *service) ([]demoAccount, error) {
	var list []demoAccount
	for _, b := range d.simulator.Businesses() {
		account, err := d.connect(ctx, s.house, b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.Username, err)
		}
		list = append(list, demoAccount{AccountID: account.ID.String(), UserID: b.UserID, Username: b.Username})
	}
	return list, nil
}

func (d *demo) connect(ctx context.Context, h *house, b simulator.Business) (tenants.Account, error) {
	known, err := h.accounts.ByInstagramUserID(ctx, b.UserID)
	if err == nil && known.Status == tenants.AccountActive {
		return known, nil // of a former run; the simulator knows its subscription still
	}
	if err != nil && !errors.Is(err, tenants.ErrNotFound) {
		return tenants.Account{}, err
	}
	grant, err := d.consent(ctx, h.client, b)
	if err != nil {
		return tenants.Account{}, err
	}
	var account tenants.Account
	err = h.platform.InTx(ctx, func(tx *tenants.PlatformTx) (err error) {
		account, _, err = h.accounts.FindOrCreate(ctx, tx, tenants.NewAccount{
			InstagramUserID: grant.Profile.UserID, Username: grant.Profile.Username, Name: grant.Profile.Name,
		})
		return err
	})
	if err != nil {
		return tenants.Account{}, err
	}
	return account, h.connections.Connect(ctx, account.ID, grant)
}

// consent lets the simulator approve as the business and exchanges the code, as the callback does.
func (d *demo) consent(ctx context.Context, client *instagram.Client, b simulator.Business) (instagram.Grant, error) {
	none := instagram.Grant{}
	redirectURI := d.redirectURI()
	address := client.AuthorizeURL(instagram.AuthorizeRequest{State: "demo", RedirectURI: redirectURI})
	code, err := approve(ctx, address, b.Username)
	if err != nil {
		return none, err
	}
	short, err := client.Exchange(ctx, code, redirectURI)
	if err != nil {
		return none, err
	}
	token, err := client.LongLived(ctx, short.Value)
	if err != nil {
		return none, err
	}
	profile, err := client.Me(ctx, token.Value)
	return instagram.Grant{Token: token, Permissions: short.Permissions, Profile: profile}, err
}

// approve answers the consent page and returns the code of its redirect.
func approve(ctx context.Context, address, username string) (instagram.Secret, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"&sim_approve="+url.QueryEscape(username), http.NoBody)
	if err != nil {
		return "", fmt.Errorf("consent: %w", err)
	}
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := stay.Do(req)
	if err != nil {
		return "", fmt.Errorf("consent: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	target, err := answer.Location()
	if err != nil || target.Query().Get("code") == "" {
		return "", fmt.Errorf("consent: the simulator answered %d without a code", answer.StatusCode)
	}
	return instagram.Secret(target.Query().Get("code")), nil
}

func (d *demo) redirectURI() string { return d.url() + "/auth/instagram/callback" }

// deliverHistory sends the seeded conversations through the webhook, once in the life of the demo's data, and waits
// until every one of them is in an inbox.
func (d *demo) deliverHistory(ctx context.Context, s *service) error {
	if d.state.Delivered {
		return nil
	}
	report, err := d.simulator.DeliverHistory(ctx)
	if err != nil {
		return err
	}
	if len(report.Unsubscribed) > 0 {
		return fmt.Errorf("not subscribed: %v", report.Unsubscribed)
	}
	for {
		settled, err := d.settled(ctx, s.house, int64(report.Messages))
		if err != nil {
			return err
		}
		if settled {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	d.state.Delivered = true
	return d.dir.writeJSON("state.json", d.state)
}

// settled reports whether the ledgers of all accounts hold the messages and none is pending.
func (d *demo) settled(ctx context.Context, h *house, messages int64) (bool, error) {
	var received, pending int64
	for _, b := range d.simulator.Businesses() {
		account, err := h.accounts.ByInstagramUserID(ctx, b.UserID)
		if err != nil {
			return false, err
		}
		ledger, err := h.inbox.Ledger(tenants.WithAccount(ctx, account.ID))
		if err != nil {
			return false, err
		}
		received, pending = received+ledger.Received, pending+ledger.Pending
	}
	return received >= messages && pending == 0, nil
}
