package instagram

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"parlor/tenants"
)

// Prove asks Instagram whether the connection of the account in ctx works: the token must name this account, messages must
// be among what was granted, and the subscription is checked and repeated. What was found is kept for View. An account
// that needed its owner, or was still connecting, is active afterwards when all is well.
//
// Errors: ErrNotConnected, ErrNoConnection, ErrWrongAccount, ErrNoMessagePermission, ErrNotSubscribed, or what the Client
// answers.
func (c *Connections) Prove(ctx context.Context) error {
	account, ok := tenants.AccountFrom(ctx)
	if !ok {
		return tenants.ErrNoAccount
	}
	proof, err := c.prove(ctx, account)
	if errors.Is(err, ErrNoTurn) || errors.Is(err, ErrNotConnected) || errors.Is(err, ErrNoConnection) {
		return err // nothing was learned
	}
	kept := c.change(context.WithoutCancel(ctx), func(row *connectionRow, token Secret) []string {
		if token != proof.used {
			return nil // of a token that is no longer the stored one nothing is kept
		}
		now := c.o.Now().UTC()
		row.ProveTriedAt, row.ProveFault = &now, ""
		if err != nil {
			row.ProveFault = connectionFault(err)
			return []string{"prove_tried_at", "prove_fault"}
		}
		row.ProvedAt, row.Fields = &now, proof.fields
		return []string{"prove_tried_at", "prove_fault", "proved_at", "fields"}
	})
	if err != nil {
		return errors.Join(err, kept)
	}
	return errors.Join(kept, c.proved(ctx, account, proof))
}

// proof is what Instagram said.
type proof struct {
	used        Secret
	profile     Profile
	fields      []string
	resubscribe bool // the subscription had gone
}

func (c *Connections) prove(ctx context.Context, account tenants.AccountID) (p proof, err error) {
	var permissions []string
	err = c.call(ctx, tended, func(ctx context.Context, row connectionRow, token Secret) (err error) {
		permissions, p.used = row.permissions(), token
		p.profile, err = c.o.Client.Me(ctx, token)
		return err
	})
	if err != nil {
		return p, err
	}
	if err := c.sameAccount(ctx, account, p); err != nil {
		return p, err
	}
	if err := (Grant{Permissions: permissions, Profile: p.profile}).Check(); err != nil {
		return p, err
	}
	if p.fields, err = c.listed(ctx); err != nil {
		return p, err
	}
	if p.resubscribe = !slices.Contains(p.fields, fieldMessages); p.resubscribe && c.o.Missed != nil {
		if err := c.o.DB.InTenant(ctx, func(tx *tenants.Tx) error { return c.o.Missed(ctx, tx) }); err != nil {
			return p, fmt.Errorf("write down what may be missing: %w", err)
		}
	}
	p.fields, err = c.subscribe(ctx)
	return p, err
}

// sameAccount holds the token to the account that it was given for.
func (c *Connections) sameAccount(ctx context.Context, account tenants.AccountID, p proof) error {
	known, err := c.accounts.ByID(ctx, account)
	if err != nil {
		return err
	}
	if known.InstagramUserID == p.profile.UserID {
		return nil
	}
	return errors.Join(ErrWrongAccount, c.lose(context.WithoutCancel(ctx), p.used, LostWrongAccount))
}

// proved brings the account's row up to what Instagram says of it.
func (c *Connections) proved(ctx context.Context, account tenants.AccountID, p proof) error {
	if p.resubscribe {
		c.o.Logger.WarnContext(ctx, "subscription was gone and is made again", "account_id", account.String())
	}
	_, err := c.o.Platform.Exec(ctx, `update platform.accounts set username = $2, name = $3, account_type = $4,
			profile_picture_url = nullif($5, ''), subscribed_at = case when $6 then $7 else coalesce(subscribed_at, $7) end
		where account_id = $1`,
		account, p.profile.Username, p.profile.Name, p.profile.AccountType, p.profile.ProfilePictureURL, p.resubscribe, c.o.Now().UTC())
	if err != nil {
		return fmt.Errorf("keep what Instagram says of the account: %w", err)
	}
	return c.recover(ctx, account, p)
}

// recover makes an account active that was not, if the token that was proved is still the stored one, and tells who waits
// for a connection; also of one that was active and heard nothing.
func (c *Connections) recover(ctx context.Context, account tenants.AccountID, p proof) error {
	status, err := c.status(ctx, account)
	if err != nil || status == tenants.AccountActive && !p.resubscribe {
		return err
	}
	return c.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		_, stored, err := c.lock(tx)
		if err != nil || stored != p.used {
			return err
		}
		stood := []tenants.AccountStatus{tenants.AccountNeedsReconnect, tenants.AccountConnecting}
		back, err := c.mark(ctx, account, tenants.AccountActive, "", stood, nil)
		if err != nil || !back && !p.resubscribe {
			return err
		}
		if err := c.hears(ctx, tx, true); err != nil || !back {
			return err
		}
		return note(ctx, tx, "connection.recovered", "", nil)
	})
}

// hears tells who waits for it that the account of tx is connected.
func (c *Connections) hears(ctx context.Context, tx *tenants.Tx, again bool) error {
	if c.o.Connected == nil {
		return nil
	}
	return c.o.Connected(ctx, tx, again)
}
