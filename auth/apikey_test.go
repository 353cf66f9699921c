package auth_test

import (
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"sync"
	"testing"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

// keyHouse is a house with one account, and an instance that follows the events.
func keyHouse(t *testing.T) (*house, *instance, tenants.AccountID) {
	t.Helper()
	h := open(t)
	account, err := tenants.ParseAccountID(h.db.InsertAccount(t, casaUserID, casa))
	if err != nil {
		t.Fatal(err)
	}
	return h, h.start(50 * time.Millisecond), account
}

func newKey(account tenants.AccountID) auth.NewAPIKey {
	return auth.NewAPIKey{AccountID: account, Name: "Export", Scopes: []tenants.Permission{tenants.ConversationsRead}}
}

// TestAPIKeyLife makes, uses, lists and revokes a key.
func TestAPIKeyLife(t *testing.T) {
	t.Parallel()
	h, i, account := keyHouse(t)
	key, text, err := i.keys.Create(t.Context(), newKey(account))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		p, err := i.keys.Verify(t.Context(), text)
		if err != nil || p.AccountID != account || p.KeyID != key.ID || !p.Can(tenants.ConversationsRead) || p.Can(tenants.MessagesSend) || p.Can(tenants.KeysManage) {
			t.Fatalf("%+v, %v", p, err)
		}
	}
	if !strings.HasPrefix(text, "parlor_"+key.ID+"_") || !strings.HasSuffix(text, key.LastFour) {
		t.Errorf("key of id %s ends in %s", key.ID, key.LastFour)
	}
	list, err := i.keys.List(t.Context(), account)
	if err != nil || len(list) != 1 || list[0].Name != "Export" || list[0].LastUsedAt.IsZero() || !list[0].RevokedAt.IsZero() {
		t.Errorf("list %+v, %v", list, err)
	}
	secret := strings.Split(text, "_")[2]
	if n := h.count(`select count(*) from platform.api_keys k where to_jsonb(k)::text like '%' || $1 || '%'`, secret); n != 0 {
		t.Error("the secret is stored")
	}
	if err := i.keys.Revoke(t.Context(), tenants.NewAccountID(), key.ID); !errors.Is(err, tenants.ErrNotFound) {
		t.Errorf("revoked by another account: %v", err)
	}
	for range 2 {
		if err := i.keys.Revoke(t.Context(), account, key.ID); err != nil {
			t.Fatal(err)
		}
	}
	took := eventually(t, 2*time.Second, "the revoked key is refused", func() bool {
		_, err := i.keys.Verify(t.Context(), text)
		return errors.Is(err, auth.ErrInvalidKey)
	})
	t.Logf("refused after %s", took)
	if n := h.count(`select count(*) from tenant.audit where action in ('api_key.created', 'api_key.revoked')`); n != 2 {
		t.Errorf("%d lines in the account's log, want 2", n)
	}
}

// TestBadAPIKeys are one refusal, whatever is wrong with them.
func TestBadAPIKeys(t *testing.T) {
	t.Parallel()
	h, i, account := keyHouse(t)
	_, text, err := i.keys.Create(t.Context(), newKey(account))
	if err != nil {
		t.Fatal(err)
	}
	expiring := newKey(account)
	expiring.ExpiresAt = time.Now().Add(time.Hour)
	_, expired, err := i.keys.Create(t.Context(), expiring)
	if err != nil {
		t.Fatal(err)
	}
	h.db.Exec(t, `update platform.api_keys set expires_at = now() - interval '1 second' where expires_at is not null`)
	parts := strings.Split(text, "_")
	resum := func(id, secret string) string {
		body := "parlor_" + id + "_" + secret
		return fmt.Sprintf("%s_%08x", body, crc32.ChecksumIEEE([]byte(body)))
	}
	for name, bad := range map[string]string{
		"empty": "", "prefix": "parlor_", "nonsense": "x", "another prefix": "sk_" + text[7:], "upper case": strings.ToUpper(text), "blank at the end": text + " ",
		"newline": text + "\n", "cut": text[:len(text)-1], "bad checksum": text[:len(text)-8] + "00000000", "bad secret, bad checksum": "parlor_" + parts[1] + "_" + strings.Repeat("a", 40) + "_" + parts[3],
		"bad secret": resum(parts[1], strings.Repeat("a", 40)), "unknown id": resum("aaaaaaaa", parts[2]), "SQL": "parlor_' or 1=1_x_x", "huge": "parlor_" + strings.Repeat("a", 1<<20),
		"expired": expired, "a token": "eyJhbGciOiJIUzI1NiJ9.e30.x",
	} {
		if _, err := i.keys.Verify(t.Context(), bad); !errors.Is(err, auth.ErrInvalidKey) || auth.RefusalOf(err).Error() != "invalid API key" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := i.keys.Verify(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	h.setStatus(tenants.AccountSuspended)
	eventually(t, 2*time.Second, "a suspended account's key is refused", func() bool {
		_, err := i.keys.Verify(t.Context(), text)
		return errors.Is(err, auth.ErrInvalidKey)
	})
	h.setStatus(tenants.AccountActive)
	eventually(t, 2*time.Second, "it counts again", func() bool {
		_, err := i.keys.Verify(t.Context(), text)
		return err == nil
	})
}

// TestTypoAsksNoDatabase refuses by form and checksum without a query: here there is no database to ask.
func TestTypoAsksNoDatabase(t *testing.T) {
	t.Parallel()
	h, i, account := keyHouse(t)
	_, text, err := i.keys.Create(t.Context(), newKey(account))
	if err != nil {
		t.Fatal(err)
	}
	down := openPlatform(t, h.db.PlatformDSN)
	keys, err := auth.NewAPIKeys(auth.APIKeyOptions{Platform: down, Revocations: i.Revocations})
	if err != nil {
		t.Fatal(err)
	}
	down.Close()
	last := "0"
	if strings.HasSuffix(text, last) {
		last = "1"
	}
	if _, err := keys.Verify(t.Context(), text[:len(text)-1]+last); !errors.Is(err, auth.ErrInvalidKey) {
		t.Errorf("a typo: %v", err)
	}
	if _, err := keys.Verify(t.Context(), text); err == nil || auth.RefusalOf(err) != nil {
		t.Errorf("a database that is down passes for a bad key: %v", err)
	}
}

// TestAPIKeyFromMemory needs no query for a key it has seen, and writes its use once.
func TestAPIKeyFromMemory(t *testing.T) {
	t.Parallel()
	h, i, account := keyHouse(t)
	platform := openPlatform(t, h.db.PlatformDSN)
	keys, err := auth.NewAPIKeys(auth.APIKeyOptions{Platform: platform, Revocations: i.Revocations})
	if err != nil {
		t.Fatal(err)
	}
	_, text, err := keys.Create(t.Context(), newKey(account))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Verify(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	platform.Close() // from now on every query would fail
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := keys.Verify(t.Context(), text); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// TestNewAPIKeyChecks refuses what a key cannot be made from.
func TestNewAPIKeyChecks(t *testing.T) {
	t.Parallel()
	_, i, account := keyHouse(t)
	for name, tc := range map[string]struct {
		spoil func(n *auth.NewAPIKey)
		want  error
	}{
		"no name":         {func(n *auth.NewAPIKey) { n.Name = "" }, auth.ErrKeyName},
		"blank name":      {func(n *auth.NewAPIKey) { n.Name = " x" }, auth.ErrKeyName},
		"long name":       {func(n *auth.NewAPIKey) { n.Name = strings.Repeat("ü", 101) }, auth.ErrKeyName},
		"NUL in the name": {func(n *auth.NewAPIKey) { n.Name = "a\x00b" }, auth.ErrKeyName},
		"no scope":        {func(n *auth.NewAPIKey) { n.Scopes = nil }, auth.ErrKeyScopes},
		"foreign scope":   {func(n *auth.NewAPIKey) { n.Scopes = []tenants.Permission{tenants.KeysManage} }, auth.ErrKeyScopes},
		"scope twice":     {func(n *auth.NewAPIKey) { n.Scopes = append(n.Scopes, n.Scopes...) }, auth.ErrKeyScopes},
		"past":            {func(n *auth.NewAPIKey) { n.ExpiresAt = time.Now().Add(-time.Second) }, auth.ErrKeyExpiry},
		"no account":      {func(n *auth.NewAPIKey) { n.AccountID = tenants.NewAccountID() }, tenants.ErrNotFound},
		"a probe":         {func(n *auth.NewAPIKey) { n.AccountID = tenants.ProbeAccountA }, tenants.ErrNotFound},
	} {
		n := newKey(account)
		tc.spoil(&n)
		if _, text, err := i.keys.Create(t.Context(), n); !errors.Is(err, tc.want) || text != "" {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}
