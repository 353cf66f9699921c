package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parlor/auth"
	"parlor/configs"
)

func ringOf(t *testing.T, keys ...sessionKey) ringFile {
	t.Helper()
	f := ringFile{File: filepath.Join(t.TempDir(), "session_keys")}
	if err := os.WriteFile(f.File, []byte(sessionKeysJSON(keys...)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

func keyring(t *testing.T, f ringFile, args ...string) (out, errors string, code int) {
	t.Helper()
	var stdout, stderr strings.Builder
	code = run(t.Context(), append([]string{"keyring"}, args...), &stdout, &stderr, []string{"PARLOR_SESSION_KEYS_FILE=" + f.File})
	return stdout.String(), stderr.String(), code
}

// A rotation publishes first, signs later, and lets the old key verify for as long as a token lives; the service takes every state of it.
func TestKeyringRotates(t *testing.T) {
	first := newSessionKey(time.Now().Add(-48 * time.Hour))
	f := ringOf(t, first)
	t.Setenv("PARLOR_SESSION_KEYS_FILE", f.File)
	out, complaint, code := keyring(t, f, "rotate", "--in", "45s")
	if code != exitOK || !strings.Contains(out, "signs from") {
		t.Fatalf("%d %s %s", code, out, complaint)
	}
	keys, err := f.read()
	if err != nil || len(keys) != 2 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	old, fresh := keys[0], keys[1]
	if !fresh.NotBefore.Equal(old.SignUntil) || old.VerifyUntil.Sub(old.SignUntil) < 24*time.Hour || time.Until(fresh.NotBefore) < 40*time.Second || fresh.Key == old.Key {
		t.Errorf("old until %s, verified until %s; new from %s", old.SignUntil, old.VerifyUntil, fresh.NotBefore)
	}
	parsed, err := configs.ParseSessionKeys(sessionKeysJSON(keys...))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Time{time.Now(), fresh.NotBefore, fresh.NotBefore.Add(time.Hour), old.VerifyUntil.Add(time.Hour)} {
		if _, err := auth.NewKeyRing(ringKeys(parsed), at); err != nil {
			t.Errorf("at %s: %v", at, err)
		}
	}
	list, _, code := keyring(t, f, "list")
	if code != exitOK || !strings.Contains(list, "signs") || !strings.Contains(list, "waits") || strings.Contains(list, old.Key) || strings.Contains(list, fresh.Key) {
		t.Errorf("list: %s", list)
	}
	if _, complaint, code := keyring(t, f, "rotate"); code != exitError || !strings.Contains(complaint, "waits") {
		t.Errorf("rotated twice: %d %s", code, complaint)
	}
}

func TestKeyringRefusesWhatWouldSignPeopleOut(t *testing.T) {
	f := ringOf(t, newSessionKey(time.Now()))
	t.Setenv("PARLOR_SESSION_KEYS_FILE", f.File)
	if _, complaint, code := keyring(t, f, "rotate", "--in", "5s"); code != exitError || !strings.Contains(complaint, "published") {
		t.Errorf("%d %s", code, complaint)
	}
	if _, complaint, code := keyring(t, f, "drop", "nobody"); code != exitError || !strings.Contains(complaint, "no key") {
		t.Errorf("%d %s", code, complaint)
	}
	if err := os.WriteFile(f.File, []byte(`[{"kid":"x"}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, code := keyring(t, f, "rotate"); code != exitError {
		t.Error("a broken ring is written over")
	}
}

// Dropping the key that signs leaves a ring that signs.
func TestKeyringDrops(t *testing.T) {
	f := ringOf(t, newSessionKey(time.Now().Add(-time.Hour)))
	t.Setenv("PARLOR_SESSION_KEYS_FILE", f.File)
	before, err := f.read()
	if err != nil {
		t.Fatal(err)
	}
	if _, complaint, code := keyring(t, f, "drop", before[0].KID); code != exitOK {
		t.Fatalf("%d %s", code, complaint)
	}
	after, err := f.read()
	if err != nil || len(after) != 1 || after[0].KID == before[0].KID || after.signer(time.Now()) != 0 {
		t.Errorf("%+v, %v", after, err)
	}
	if _, err := os.Stat(f.File + ".before"); !errors.Is(err, os.ErrNotExist) {
		t.Error("the dropped key is kept beside the ring")
	}
}

// Many rotations in one day, each as soon as it may be: the ring stays good and small.
func TestKeyringRotatesForDays(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	keys := ring{newSessionKey(now.Add(-time.Hour))}
	for range 40 {
		next, fresh, err := keys.rotate(now, now.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		if len(next) > 8 {
			t.Fatalf("%d keys", len(next))
		}
		if _, err := configs.ParseSessionKeys(sessionKeysJSON(next...)); err != nil {
			t.Fatal(err)
		}
		if i := next.signer(fresh.NotBefore); next[i].KID != fresh.KID {
			t.Fatalf("%s signs instead of %s", next[i].KID, fresh.KID)
		}
		keys, now = next, now.Add(4*time.Hour)
	}
}
