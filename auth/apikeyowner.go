package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// MaxKeyOverlap is the longest that a key may go on beside the one that takes its place.
const MaxKeyOverlap = 7 * 24 * time.Hour

// maxLiveKeys bounds what one account may hold.
const maxLiveKeys = 50

// Further reasons why a key cannot be made. Test with errors.Is.
var (
	ErrKeyOverlap  = errors.New("a key goes on for 0 to 168 hours beside its successor")
	ErrTooManyKeys = errors.New("the account has as many keys as it may have")
)

// Make makes a key of the account in ctx on behalf of its principal, who must still be allowed to. Errors as Create, tenants.ErrNotAllowed,
// ErrTooManyKeys.
func (k *APIKeys) Make(ctx context.Context, n NewAPIKey) (key APIKey, text string, err error) {
	err = k.owned(ctx, func(tx *tenants.PlatformTx, account tenants.AccountID, by tenants.UserID) (err error) {
		var live int
		err = tx.QueryRow(ctx, `select count(*) from platform.api_keys
			where account_id = $1 and revoked_at is null and (expires_at is null or expires_at > $2)`, account, k.o.Now().UTC()).Scan(&live)
		if err != nil {
			return fmt.Errorf("count keys: %w", err)
		}
		if live >= maxLiveKeys {
			return ErrTooManyKeys
		}
		n.AccountID, n.CreatedBy = account, by
		key, text, err = k.create(ctx, tx, n, "api_key.created", nil)
		return err
	})
	if err != nil {
		return APIKey{}, "", err
	}
	return key, text, nil
}

// Rotate makes a key with the name, the scopes and the life of another, which goes on for the overlap and then ends. A key that is revoked or
// over cannot be rotated. Errors: tenants.ErrNotFound, tenants.ErrNotAllowed, ErrKeyOverlap.
func (k *APIKeys) Rotate(ctx context.Context, id string, overlap time.Duration) (key APIKey, text string, err error) {
	if overlap < 0 || overlap > MaxKeyOverlap {
		return APIKey{}, "", ErrKeyOverlap
	}
	now := k.o.Now().UTC()
	err = k.owned(ctx, func(tx *tenants.PlatformTx, account tenants.AccountID, by tenants.UserID) error {
		n := NewAPIKey{AccountID: account, CreatedBy: by}
		var made time.Time
		var expires *time.Time
		err := tx.QueryRow(ctx, `select name, scopes, created_at, expires_at from platform.api_keys
			where key_id = $1 and account_id = $2 and revoked_at is null and rotated_to is null and (expires_at is null or expires_at > $3)
			for update`, id, account, now).Scan(&n.Name, &n.Scopes, &made, &expires)
		if errors.Is(err, pgx.ErrNoRows) {
			return tenants.ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("find API key: %w", err)
		}
		if expires != nil {
			n.ExpiresAt = now.Add(expires.Sub(made))
		}
		if key, text, err = k.create(ctx, tx, n, "api_key.rotated", map[string]any{"of": id}); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update platform.api_keys set rotated_to = $2, expires_at = least(expires_at, $3) where key_id = $1`,
			id, key.ID, now.Add(overlap))
		if err != nil {
			return fmt.Errorf("let the old API key end: %w", err)
		}
		// Wherever the old key is remembered with its former end, it must be read again.
		return tx.Revoke(ctx, tenants.AuthEvent{Kind: tenants.KeyChanged, AccountID: account, KeyID: id})
	})
	if err != nil {
		return APIKey{}, "", err
	}
	return key, text, nil
}

// RevokeOwn ends a key of the account in ctx on behalf of its principal. Errors: tenants.ErrNotFound, tenants.ErrNotAllowed.
func (k *APIKeys) RevokeOwn(ctx context.Context, id string) error {
	return k.owned(ctx, func(tx *tenants.PlatformTx, account tenants.AccountID, _ tenants.UserID) error {
		return k.revoke(ctx, tx, account, id)
	})
}

// owned runs do in a transaction in which the principal of ctx still may manage the account's keys.
func (k *APIKeys) owned(ctx context.Context, do func(*tenants.PlatformTx, tenants.AccountID, tenants.UserID) error) error {
	p, _ := tenants.PrincipalFrom(ctx)
	return k.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		account, err := tx.Still(ctx, tenants.KeysManage)
		if err != nil {
			return err
		}
		return do(tx, account, p.UserID)
	})
}
