package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// APIKeyOptions holds what keys are kept with. Platform and Revocations are required.
type APIKeyOptions struct {
	Platform    *tenants.Platform
	Revocations *Revocations
	Now         func() time.Time // default time.Now
}

// APIKeys makes, verifies and revokes the keys of machines. It is safe for concurrent use.
type APIKeys struct {
	o APIKeyOptions

	mu    sync.Mutex
	cache map[string]*cachedKey // by id
}

// NewAPIKey is what a key is made from.
type NewAPIKey struct {
	AccountID tenants.AccountID
	Name      string // for people; 1 to 100 characters
	Scopes    []tenants.Permission
	ExpiresAt time.Time      // zero: never
	CreatedBy tenants.UserID // zero: the command line
}

// APIKey is a key as it can be shown again; its secret cannot.
type APIKey struct {
	ID         string
	AccountID  tenants.AccountID
	Name       string
	LastFour   string
	Scopes     []tenants.Permission
	CreatedAt  time.Time
	CreatedBy  string    // the name of who made it; empty: the command line
	ExpiresAt  time.Time // zero: never
	LastUsedAt time.Time // zero: never; at most a minute late
	RevokedAt  time.Time // zero: lives
}

// What a key cannot be made from. Test with errors.Is.
var (
	ErrKeyName   = errors.New("a key needs a name of 1 to 100 printable characters")
	ErrKeyScopes = errors.New("a key needs at least one of the scopes that keys may carry, each once")
	ErrKeyExpiry = errors.New("a key cannot expire in the past")
)

// NewAPIKeys checks the options.
func NewAPIKeys(o APIKeyOptions) (*APIKeys, error) {
	if o.Platform == nil || o.Revocations == nil {
		return nil, errors.New("API keys: a platform handle and revocations are required")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	k := &APIKeys{o: o, cache: map[string]*cachedKey{}}
	o.Revocations.OnEvent(k.forget)
	return k, nil
}

// forget lets a key that has changed be read again.
func (k *APIKeys) forget(e tenants.AuthEvent) {
	if e.Kind != tenants.KeyChanged && e.Kind != tenants.KeyRevoked {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.cache, e.KeyID)
}

// Create makes a key and returns it with its text, which is shown this once. Errors: ErrKeyName, ErrKeyScopes,
// ErrKeyExpiry, tenants.ErrNotFound for an unknown account.
func (k *APIKeys) Create(ctx context.Context, n NewAPIKey) (key APIKey, text string, err error) {
	err = k.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) (err error) {
		key, text, err = k.create(ctx, tx, n, "api_key.created", nil)
		return err
	})
	if err != nil {
		return APIKey{}, "", err
	}
	return key, text, nil
}

// create makes the key inside tx, with a line in the account's log; more is added to what the line says.
func (k *APIKeys) create(ctx context.Context, tx *tenants.PlatformTx, n NewAPIKey, action string, more map[string]any) (key APIKey, text string, err error) {
	now := k.o.Now().UTC().Truncate(time.Microsecond)
	if err := n.check(now); err != nil {
		return APIKey{}, "", err
	}
	id, text := newKeyText()
	key = APIKey{
		ID: id, AccountID: n.AccountID, Name: n.Name, Scopes: n.Scopes, CreatedAt: now, ExpiresAt: n.ExpiresAt,
		LastFour: text[len(text)-4:],
	}
	sum := sha256.Sum256([]byte(text))
	tag, err := tx.Exec(ctx, `
		insert into platform.api_keys
			(key_id, account_id, name, secret_hash, last_four, scopes, created_by, created_at, expires_at)
		select $1, account_id, $3, $4, $5, $6, $7, $8, $9
		from platform.accounts where account_id = $2 and kind = 'instagram'`,
		id, n.AccountID, n.Name, sum[:], key.LastFour, n.Scopes, userOrNull(n.CreatedBy), now, timeOrNull(n.ExpiresAt))
	if err != nil {
		return APIKey{}, "", fmt.Errorf("make API key: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return APIKey{}, "", tenants.ErrNotFound
	}
	detail := map[string]any{"name": n.Name, "scopes": n.Scopes}
	maps.Copy(detail, more)
	return key, text, tx.AuditAccount(ctx, n.AccountID, tenants.AuditEntry{Action: action, Target: id, Detail: detail})
}

func (n NewAPIKey) check(now time.Time) error {
	chars := utf8.RuneCountInString(n.Name)
	odd := func(c rune) bool { return c < ' ' || c == utf8.RuneError }
	if chars < 1 || chars > 100 || strings.TrimSpace(n.Name) != n.Name || strings.ContainsFunc(n.Name, odd) {
		return ErrKeyName
	}
	for i, scope := range n.Scopes {
		if !slices.Contains(tenants.KeyScopes(), scope) || slices.Contains(n.Scopes[:i], scope) {
			return ErrKeyScopes
		}
	}
	if len(n.Scopes) == 0 {
		return ErrKeyScopes
	}
	if !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(now) {
		return ErrKeyExpiry
	}
	return nil
}

// Revoke ends a key of the account everywhere. A revoked one again is no error. Error: tenants.ErrNotFound.
func (k *APIKeys) Revoke(ctx context.Context, account tenants.AccountID, id string) error {
	return k.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error { return k.revoke(ctx, tx, account, id) })
}

func (k *APIKeys) revoke(ctx context.Context, tx *tenants.PlatformTx, account tenants.AccountID, id string) error {
	var before *time.Time
	err := tx.QueryRow(ctx, `select revoked_at from platform.api_keys where key_id = $1 and account_id = $2 for update`,
		id, account).Scan(&before)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return tenants.ErrNotFound
	case err != nil:
		return fmt.Errorf("find API key: %w", err)
	case before != nil:
		return nil
	}
	_, err = tx.Exec(ctx, `update platform.api_keys set revoked_at = $2 where key_id = $1`, id, k.o.Now().UTC())
	if err != nil {
		return fmt.Errorf("revoke API key: %w", err)
	}
	if err := tx.Revoke(ctx, tenants.AuthEvent{Kind: tenants.KeyRevoked, AccountID: account, KeyID: id}); err != nil {
		return err
	}
	return tx.AuditAccount(ctx, account, tenants.AuditEntry{Action: "api_key.revoked", Target: id})
}

// List returns the keys of an account, newest first.
func (k *APIKeys) List(ctx context.Context, account tenants.AccountID) ([]APIKey, error) {
	rows, err := k.o.Platform.Query(ctx, `
		select k.key_id, k.name, k.last_four, k.scopes, k.created_at, coalesce(u.display_name, ''), k.expires_at, k.last_used_at, k.revoked_at
		from platform.api_keys k left join platform.users u on u.user_id = k.created_by
		where k.account_id = $1 order by k.created_at desc, k.key_id`, account)
	if err != nil {
		return nil, fmt.Errorf("list API keys: %w", err)
	}
	keys, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (APIKey, error) {
		key := APIKey{AccountID: account}
		var expires, used, revoked *time.Time
		err := row.Scan(&key.ID, &key.Name, &key.LastFour, &key.Scopes, &key.CreatedAt, &key.CreatedBy, &expires, &used, &revoked)
		key.ExpiresAt, key.LastUsedAt, key.RevokedAt = timeOrZero(expires), timeOrZero(used), timeOrZero(revoked)
		return key, err
	})
	if err != nil {
		return nil, fmt.Errorf("list API keys: %w", err)
	}
	return keys, nil
}

// keyForm is parlor_<id>_<secret>_<crc>: 40, 200 and 32 bits.
var keyForm = regexp.MustCompile(`^parlor_([a-z2-7]{8})_[a-z2-7]{40}_[0-9a-f]{8}$`)

func newKeyText() (id, text string) {
	id = strings.ToLower(rand.Text()[:8])
	body := "parlor_" + id + "_" + strings.ToLower((rand.Text() + rand.Text())[:40])
	return id, body + "_" + checksum(body)
}

// checksum lets a mistyped key be told from a wrong one without asking the database.
func checksum(body string) string { return fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(body))) }

// keyID returns the id of a text that has the form and the checksum of a key.
func keyID(text string) (string, bool) {
	m := keyForm.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	at := strings.LastIndexByte(text, '_')
	return m[1], checksum(text[:at]) == text[at+1:]
}

func userOrNull(id tenants.UserID) any {
	if id.IsZero() {
		return nil
	}
	return id
}

func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC()
}

func timeOrZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
