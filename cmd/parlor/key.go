package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"parlor/auth"
	"parlor/configs"
	"parlor/tenants"
)

type keyCommand struct {
	Create keyCreateCommand `cmd:"" help:"Make a key and show it, this once."`
	List   keyListCommand   `cmd:"" help:"List the keys of an account."`
	Revoke keyRevokeCommand `cmd:"" help:"End a key; every instance refuses it within two seconds."`
}

type keyCreateCommand struct {
	Account string        `required:"" help:"The account's id, or its Instagram user id."`
	Name    string        `required:"" help:"What the key is for."`
	Scope   []string      `default:"conversations:read" help:"What it may do; may be repeated."`
	Expires time.Duration `help:"Life of the key, such as 2160h; without it the key does not expire."`
}

// Run makes a key.
func (c keyCreateCommand) Run(p *process) error {
	return withKeys(p, c.Account, func(keys *auth.APIKeys, account tenants.Account) error {
		wanted := auth.NewAPIKey{AccountID: account.ID, Name: c.Name}
		for _, scope := range c.Scope {
			wanted.Scopes = append(wanted.Scopes, tenants.Permission(scope))
		}
		if c.Expires > 0 {
			wanted.ExpiresAt = time.Now().Add(c.Expires)
		}
		key, text, err := keys.Create(p.ctx, wanted)
		if err != nil {
			return err
		}
		p.printf("%s\n", text)
		_, _ = fmt.Fprintf(p.stderr, "Key %s of @%s may %s. It is not shown again.\n", key.ID, account.Username, strings.Join(c.Scope, ", "))
		return nil
	})
}

type keyListCommand struct {
	Account string `required:"" help:"The account's id, or its Instagram user id."`
}

// Run lists the keys of an account, newest first.
func (c keyListCommand) Run(p *process) error {
	return withKeys(p, c.Account, func(keys *auth.APIKeys, account tenants.Account) error {
		list, err := keys.List(p.ctx, account.ID)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "ID\tENDS IN\tNAME\tSCOPES\tCREATED\tEXPIRES\tLAST USED\tREVOKED")
		for _, k := range list {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%v\t%s\t%s\t%s\t%s\n", k.ID, k.LastFour, k.Name, k.Scopes,
				day(k.CreatedAt), day(k.ExpiresAt), day(k.LastUsedAt), day(k.RevokedAt))
		}
		return table.Flush()
	})
}

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

type keyRevokeCommand struct {
	Account string `required:"" help:"The account's id, or its Instagram user id."`
	ID      string `arg:"" help:"The key's id, as listed."`
}

// Run revokes a key.
func (c keyRevokeCommand) Run(p *process) error {
	return withKeys(p, c.Account, func(keys *auth.APIKeys, account tenants.Account) error {
		err := keys.Revoke(p.ctx, account.ID, c.ID)
		if errors.Is(err, tenants.ErrNotFound) {
			return fmt.Errorf("@%s has no key %s", account.Username, c.ID)
		}
		if err == nil {
			p.printf("Key %s is revoked.\n", c.ID)
		}
		return err
	})
}

// withKeys opens the platform database for one command and finds the account that it names.
func withKeys(p *process, account string, do func(*auth.APIKeys, tenants.Account) error) error {
	config, err := configs.DatabaseFromEnv(p.environ, "PLATFORM_DATABASE_URL")
	if err != nil {
		return err
	}
	auditKey, err := configs.AuditKeyFromEnv(p.environ)
	if err != nil {
		return err
	}
	platform, err := tenants.OpenPlatform(p.ctx, config.Platform.Reveal(), tenants.Options{MaxConns: 2, AuditKey: auditKey.Bytes()})
	if err != nil {
		return fmt.Errorf("PARLOR_PLATFORM_DATABASE_URL: %w", err)
	}
	defer platform.Close()
	found, err := findAccount(p.ctx, tenants.NewAccounts(platform), account)
	if err != nil {
		return err
	}
	keys, err := auth.NewAPIKeys(auth.APIKeyOptions{
		Platform: platform, Revocations: auth.NewRevocations(auth.RevocationOptions{Platform: platform}),
	})
	if err != nil {
		return err
	}
	return do(keys, found)
}

// findAccount takes an account's id or its Instagram user id; not a username, which may change hands.
func findAccount(ctx context.Context, accounts *tenants.Accounts, name string) (tenants.Account, error) {
	find := func() (tenants.Account, error) { return accounts.ByInstagramUserID(ctx, name) }
	if id, err := tenants.ParseAccountID(name); err == nil {
		find = func() (tenants.Account, error) { return accounts.ByID(ctx, id) }
	}
	account, err := find()
	if errors.Is(err, tenants.ErrNotFound) {
		return tenants.Account{}, errors.New("no account has that id or Instagram user id (a username is not taken: it may change hands)")
	}
	return account, err
}
