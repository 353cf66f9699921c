package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

const (
	// keyCacheLife is for how long a key is not read again. A revocation ends it at once, by its event.
	keyCacheLife = 5 * time.Minute
	maxKeyCache  = 10_000
	// usedEvery is how often the last use of a key is written.
	usedEvery = time.Minute
)

// cachedKey is a key that was read and matched.
type cachedKey struct {
	sum       [sha256.Size]byte
	principal tenants.Principal
	expiresAt time.Time // zero: never
	readAt    time.Time
	usedAt    time.Time // last written
}

// Verify returns who acts with the key. Every bad key is ErrInvalidKey; ErrNotReady before the revocations are loaded;
// another error is a fault of ours.
func (k *APIKeys) Verify(ctx context.Context, text string) (tenants.Principal, error) {
	id, wellFormed := keyID(text)
	if !wellFormed {
		return tenants.Principal{}, Refuse(ErrInvalidKey, "form", nil)
	}
	if !k.o.Revocations.Ready() {
		return tenants.Principal{}, ErrNotReady
	}
	key, err := k.lookup(ctx, id)
	if err != nil {
		return tenants.Principal{}, err
	}
	sum := sha256.Sum256([]byte(text))
	switch {
	case subtle.ConstantTimeCompare(sum[:], key.sum[:]) != 1:
		return tenants.Principal{}, Refuse(ErrInvalidKey, "secret", nil)
	case !key.expiresAt.IsZero() && !k.o.Now().Before(key.expiresAt):
		return tenants.Principal{}, Refuse(ErrInvalidKey, "expired", nil)
	case k.o.Revocations.Revoked(key.principal):
		return tenants.Principal{}, Refuse(ErrInvalidKey, "revoked", nil)
	}
	k.noteUse(ctx, key)
	return key.principal, nil
}

// Remembers reports whether the key was let in here a moment ago: it is in memory, and this is its text. It asks no database, and says nothing of
// whether the key is still good.
func (k *APIKeys) Remembers(text string) bool {
	id, wellFormed := keyID(text)
	if !wellFormed {
		return false
	}
	k.mu.Lock()
	key := k.cache[id]
	k.mu.Unlock()
	sum := sha256.Sum256([]byte(text))
	return key != nil && subtle.ConstantTimeCompare(sum[:], key.sum[:]) == 1
}

// lookup returns the key from memory or reads it. An unknown, revoked or suspended one is not kept.
func (k *APIKeys) lookup(ctx context.Context, id string) (*cachedKey, error) {
	now := k.o.Now()
	k.mu.Lock()
	key := k.cache[id]
	k.mu.Unlock()
	if key != nil && now.Sub(key.readAt) < keyCacheLife {
		return key, nil
	}
	fresh, err := k.load(ctx, id, now)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if key != nil {
		fresh.usedAt = key.usedAt
	}
	if len(k.cache) >= maxKeyCache {
		clear(k.cache)
	}
	k.cache[id] = fresh
	return fresh, nil
}

func (k *APIKeys) load(ctx context.Context, id string, now time.Time) (*cachedKey, error) {
	key := &cachedKey{readAt: now, principal: tenants.Principal{KeyID: id}}
	var sum []byte
	var expires *time.Time
	err := k.o.Platform.QueryRow(ctx, `
		select k.account_id, k.name, k.scopes, k.secret_hash, k.expires_at
		from platform.api_keys k join platform.accounts a using (account_id)
		where k.key_id = $1 and k.revoked_at is null and a.kind = 'instagram' and a.status <> 'suspended'`, id).Scan(
		&key.principal.AccountID, &key.principal.DisplayName, &key.principal.Scopes, &sum, &expires)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, Refuse(ErrInvalidKey, "unknown", nil)
	}
	if err != nil {
		return nil, fmt.Errorf("load API key: %w", err)
	}
	if copy(key.sum[:], sum) != sha256.Size {
		return nil, errors.New("load API key: its hash has another length")
	}
	key.expiresAt = timeOrZero(expires)
	return key, nil
}

// noteUse writes the time of use, at most once a minute. That it cannot be written is no reason to refuse the key.
func (k *APIKeys) noteUse(ctx context.Context, key *cachedKey) {
	now := k.o.Now()
	k.mu.Lock()
	due := now.Sub(key.usedAt) >= usedEvery
	if due {
		key.usedAt = now
	}
	k.mu.Unlock()
	if due {
		_, _ = k.o.Platform.Exec(ctx, `update platform.api_keys set last_used_at = $2 where key_id = $1`,
			key.principal.KeyID, now.UTC())
	}
}
