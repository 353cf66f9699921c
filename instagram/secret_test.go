package instagram_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"parlor/instagram"
	"parlor/tenants"
)

func TestSecretIsNeverShown(t *testing.T) {
	t.Parallel()
	const text = "IGAA-secret"
	secret := instagram.Secret(text)
	grant := instagram.Grant{Token: instagram.Token{Value: secret}}
	client, err := instagram.NewClient(instagram.ClientOptions{AppSecret: secret})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		_, _ = fmt.Fprintf(&log, verb+verb+verb+verb, secret, &grant, []instagram.Secret{secret}, client)
	}
	asJSON, err := json.Marshal(map[string]any{"token": secret, "list": []instagram.Secret{secret}})
	if err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", secret, "grant", grant)
	shown := string(asJSON) + log.String() + secret.String() + fmt.Sprint(errors.Join(fmt.Errorf("%w %v", errors.New("a"), secret)))
	if strings.Contains(shown, text) || strings.Contains(strings.ToLower(shown), fmt.Sprintf("%x", text)) {
		t.Errorf("shown: %s", shown)
	}
	if secret.Reveal() != text || secret.IsZero() || !instagram.Secret("").IsZero() {
		t.Error("the text itself is gone")
	}
}

func TestSealer(t *testing.T) {
	t.Parallel()
	key := bytes.Repeat([]byte{7}, instagram.SealingKeyBytes)
	sealer, err := instagram.NewSealer(key)
	if err != nil {
		t.Fatal(err)
	}
	if shown := fmt.Sprintf("%v %+v %x %#v", sealer, sealer, sealer, sealer); strings.Contains(shown, "7") {
		t.Errorf("the key is shown: %s", shown)
	}
	mine, other := tenants.NewAccountID(), tenants.NewAccountID()
	sealed, err := sealer.Seal(mine, "IGAA-secret")
	if err != nil {
		t.Fatal(err)
	}
	again, err := sealer.Seal(mine, "IGAA-secret")
	if err != nil || bytes.Equal(sealed, again) || bytes.Contains(sealed, []byte("IGAA")) {
		t.Errorf("sealed %x, again %x, %v", sealed, again, err)
	}
	if opened, err := sealer.Open(mine, sealed); err != nil || opened != "IGAA-secret" {
		t.Errorf("opened %v", err)
	}
	otherKey, err := instagram.NewSealer(bytes.Repeat([]byte{8}, instagram.SealingKeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	newer := append([]byte{2}, sealed[1:]...)
	for name, open := range map[string]func() (instagram.Secret, error){
		"other account": func() (instagram.Secret, error) { return sealer.Open(other, sealed) },
		"other key":     func() (instagram.Secret, error) { return otherKey.Open(mine, sealed) },
		"changed":       func() (instagram.Secret, error) { return sealer.Open(mine, changed) },
		"other format":  func() (instagram.Secret, error) { return sealer.Open(mine, newer) },
		"cut":           func() (instagram.Secret, error) { return sealer.Open(mine, sealed[:10]) },
		"empty":         func() (instagram.Secret, error) { return sealer.Open(mine, nil) },
	} {
		if got, err := open(); !errors.Is(err, instagram.ErrUnsealable) || got != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, n := range []int{0, 16, 31, 33, 64} {
		if _, err := instagram.NewSealer(make([]byte, n)); err == nil {
			t.Errorf("a key of %d bytes was taken", n)
		}
	}
}
