package configs_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"parlor/configs"
)

func TestSecretDoesNotPrint(t *testing.T) {
	t.Parallel()
	const canary = "CANARY"
	s := configs.NewSecret(canary)
	hidden := struct{ inside configs.Secret }{s} // fmt does not call Format on an unexported field
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s, "struct", struct{ S configs.Secret }{s})
	asJSON, err := json.Marshal(map[string]any{"s": s})
	if err != nil {
		t.Fatal(err)
	}
	printed := map[string]string{"slog": log.String(), "json": string(asJSON)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		printed[verb] = fmt.Sprintf(verb, s) + fmt.Sprintf(verb, []any{s, &s, struct{ S configs.Secret }{s}}) + fmt.Sprintf(verb, hidden)
	}
	for how, text := range printed {
		if strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) {
			t.Errorf("%s shows the secret: %s", how, text)
		}
	}
	if s.Reveal() != canary || s.IsZero() || !(configs.Secret{}).IsZero() || !configs.NewSecret("").IsZero() {
		t.Error("Reveal or IsZero is wrong")
	}
}

func TestConfigDoesNotPrint(t *testing.T) {
	t.Parallel()
	env := valid()
	c, err := configs.FromEnv(with(env))
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%v %+v %#v", c, c, c)
	for _, secret := range []string{"pw@db", env["PARLOR_SEALING_KEY"], string(c.SealingKey.Bytes()), string(c.Sessions.Keys[0].Bytes())} {
		if strings.Contains(text, secret) {
			t.Errorf("the config prints a secret: %s", text)
		}
	}
}
