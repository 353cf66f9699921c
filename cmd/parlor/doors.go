package main

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"parlor/api"
	"parlor/auth"
	"parlor/configs"
	"parlor/tenants"
)

// openDoors makes everything that proves who is there, and returns what of it the HTTP layer needs.
func (h *house) openDoors() (api.Deps, error) {
	c, none := h.config, api.Deps{}
	ring, err := auth.NewKeyRing(ringKeys(c.Sessions.Keys), time.Now())
	if err != nil {
		return none, fmt.Errorf("PARLOR_SESSION_KEYS: %w", err)
	}
	h.ring = ring
	h.revocations = auth.NewRevocations(auth.RevocationOptions{Platform: h.platform, Logger: h.log})
	tokens, err := auth.NewTokens(auth.TokenOptions{
		Keys: ring, Issuer: c.HTTP.PublicURL.String(), Life: c.Sessions.TokenLife, Revocations: h.revocations,
	})
	if err != nil {
		return none, err
	}
	h.sessions, err = auth.NewSessions(auth.SessionOptions{
		Platform: h.platform, Keys: ring, Tokens: tokens,
		Life: c.Sessions.Life, IdleLife: c.Sessions.IdleLife, BootstrapLife: c.Sessions.BootstrapLife, Logger: h.log,
	})
	if err != nil {
		return none, err
	}
	h.throttle, err = auth.NewThrottle(auth.ThrottleOptions{
		Platform: h.platform, Key: c.SealingKey.Bytes(),
		User: c.Bootstrap.Tries.User, Address: c.Bootstrap.Tries.Address, Global: c.Bootstrap.Tries.Global, Window: c.Bootstrap.Tries.Window,
	})
	if err != nil {
		return none, err
	}
	h.registry, err = h.providers()
	if err != nil {
		return none, err
	}
	flow, err := auth.NewFlow(auth.FlowOptions{
		Platform: h.platform, Registry: h.registry, Sessions: h.sessions, Keys: ring, Connections: h.connections,
		PublicURL: c.HTTP.PublicURL.String(), Creation: auth.AccountCreation(c.Accounts.Creation), Allowlist: c.Accounts.Allowlist,
		DefaultAccount: c.Bootstrap.InstagramUserID, Logger: h.log,
	})
	if err != nil {
		return none, err
	}
	keys, err := auth.NewAPIKeys(auth.APIKeyOptions{Platform: h.platform, Revocations: h.revocations})
	h.support = auth.NewSupport(h.sessions)
	h.rollout = newRollout(c, h.platform)
	return api.Deps{
		Flow: flow, Sessions: h.sessions, Tokens: tokens, Revocations: h.revocations, Keys: keys, Support: h.support,
		BreakGlass: auth.NewBreakGlass(h.platform, h.sessions, nil), Rollout: h.rollout, Configured: configured(c),
	}, err
}

func newRollout(c configs.Config, platform *tenants.Platform) *auth.Rollout {
	return auth.NewRollout(auth.RolloutOptions{Platform: platform, BootstrapUntil: c.Bootstrap.ExpiresAt, NoStaff: c.Accounts.NoStaff})
}

// configured lists the providers whose settings are there, switched on or not.
func configured(c configs.Config) []string {
	list := []string{}
	if c.Instagram.AppID != "" && !c.Instagram.AppSecret.IsZero() {
		list = append(list, configs.ProviderInstagram)
	}
	if c.OIDC.Issuer != nil && !c.OIDC.ClientSecret.IsZero() {
		list = append(list, configs.ProviderOIDC)
	}
	return list
}

func ringKeys(configured []configs.SessionKey) []auth.Key {
	keys := make([]auth.Key, len(configured))
	for i, k := range configured {
		keys[i] = auth.Key{KID: k.KID, Secret: k.Bytes(), NotBefore: k.NotBefore, SignUntil: k.SignUntil, VerifyUntil: k.VerifyUntil}
	}
	return keys
}

// providers makes the configured strategies, in the order of the login page.
func (h *house) providers() (*auth.Registry, error) {
	var list []auth.Provider
	for _, name := range h.config.Providers {
		switch name {
		case configs.ProviderInstagram:
			list = append(list, auth.NewInstagram(h.client, nil))
		case configs.ProviderOIDC:
			staff, err := newOIDC(h.config.OIDC)
			if err != nil {
				return nil, err
			}
			list = append(list, staff)
		case configs.ProviderBootstrap:
			bootstrap, err := newBootstrap(h.config.Bootstrap, h.throttle)
			if err != nil {
				return nil, err
			}
			list = append(list, bootstrap)
		}
	}
	return auth.NewRegistry(time.Now, list...)
}

// newOIDC makes the strategy of staff. It calls nobody yet.
func newOIDC(o configs.OIDC) (auth.Provider, error) {
	roles := map[string]tenants.StaffRole{}
	for group, role := range o.Roles {
		roles[group] = tenants.StaffRole(role)
	}
	p, err := auth.NewOIDC(auth.OIDCOptions{
		Issuer: o.Issuer.String(), ClientID: o.ClientID, ClientSecret: o.ClientSecret.Reveal(), Label: o.Label, Scopes: o.Scopes,
		GroupsClaim: o.GroupsClaim, Roles: roles, StaffLife: o.StaffLife,
	})
	if err != nil {
		return nil, fmt.Errorf("PARLOR_OIDC_ISSUER: %w", err)
	}
	return p, nil
}

// newBootstrap makes the operator's strategy in the configured mode.
func newBootstrap(b configs.Bootstrap, throttle *auth.Throttle) (auth.Provider, error) {
	options := auth.BootstrapOptions{Throttle: throttle, Staff: map[string]tenants.StaffRole{}, Members: map[string]tenants.Role{}, ExpiresAt: b.ExpiresAt}
	for user, role := range b.Staff {
		options.Staff[user] = tenants.StaffRole(role)
	}
	for user, role := range b.Members {
		options.Members[user] = tenants.Role(role)
	}
	if b.Mode == configs.BootstrapProxy {
		return auth.NewBootstrapProxy(b.ProxySecret.Reveal(), b.ProxyCIDRs, options)
	}
	users, err := bootstrapUsers(b)
	if err != nil {
		return nil, err
	}
	return auth.NewBootstrapSelf(users, options), nil
}

func bootstrapUsers(b configs.Bootstrap) (*auth.Htpasswd, error) {
	text, err := os.ReadFile(b.HtpasswdFile)
	if err != nil {
		return nil, fmt.Errorf("PARLOR_BOOTSTRAP_HTPASSWD_FILE: %w", err)
	}
	users, err := auth.ReadHtpasswd(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("PARLOR_BOOTSTRAP_HTPASSWD_FILE: %w", err)
	}
	return users, nil
}
