package configs_test

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parlor/configs"
)

// randomKey is what `openssl rand -base64 32` gives.
func randomKey() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	return base64.StdEncoding.EncodeToString(key)
}

// valid is the least that `parlor serve` starts with: phase 1, self mode.
func valid() map[string]string {
	return map[string]string{
		"PARLOR_PUBLIC_URL":              "https://inbox.acme.org",
		"PARLOR_DATABASE_URL":            "postgres://app:pw@db/parlor",
		"PARLOR_PLATFORM_DATABASE_URL":   "postgres://platform:pw@db/parlor",
		"PARLOR_SESSION_KEYS":            fmt.Sprintf(`[{"kid":"k1","key":%q}]`, randomKey()),
		"PARLOR_SEALING_KEY":             randomKey(),
		"PARLOR_AUDIT_KEY":               randomKey(),
		"PARLOR_BOOTSTRAP_HTPASSWD_FILE": "/etc/parlor/htpasswd",
	}
}

// with returns the valid environment changed by the pairs; an empty value takes the key away.
func with(pairs map[string]string) []string {
	env := valid()
	maps.Copy(env, pairs)
	var environ []string
	for key, value := range env {
		environ = append(environ, key+"="+value)
	}
	return environ
}

func TestFromEnvValid(t *testing.T) {
	t.Parallel()
	c, err := configs.FromEnv(append(with(nil), "HOME=/root", "PARLOR_SERVICE_HOST=10.0.0.1", "PARLOR_PORT_8080_TCP_ADDR=10.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	if c.HTTP.PublicURL.String() != "https://inbox.acme.org" || c.HTTP.Addr != "127.0.0.1:8080" {
		t.Errorf("HTTP = %+v", c.HTTP)
	}
	if len(c.Sessions.Keys) != 1 || len(c.Sessions.Keys[0].Bytes()) != 32 || c.Sessions.TokenLife != 24*time.Hour {
		t.Errorf("Sessions = %+v", c.Sessions)
	}
	if len(c.SealingKey.Bytes()) != 32 || c.UnreadableKeep != 72*time.Hour || c.Bootstrap.Members["operator"] != "owner" {
		t.Errorf("defaults are not those documented: %+v", c)
	}
	if c.Database.App.Reveal() != "postgres://app:pw@db/parlor" {
		t.Error("the connection string did not arrive")
	}
}

func TestFromEnvFaults(t *testing.T) {
	t.Parallel()
	ring := fmt.Sprintf
	k1, k2 := randomKey(), randomKey()
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	tests := map[string]struct {
		set  map[string]string
		want []string // "KEY part of the problem", without PARLOR_
	}{
		"misspelt key":             {map[string]string{"PARLOR_PUBLIC_ULR": "https://x.org"}, []string{"PUBLIC_ULR is not a setting"}},
		"_FILE of no secret":       {map[string]string{"PARLOR_ADDR_FILE": "/x"}, []string{"ADDR_FILE is not a setting"}},
		"nothing required":         {map[string]string{"PARLOR_PUBLIC_URL": "", "PARLOR_DATABASE_URL": "", "PARLOR_SEALING_KEY": ""}, []string{"DATABASE_URL is required", "PUBLIC_URL is required", "SEALING_KEY is required"}},
		"http in public":           {map[string]string{"PARLOR_PUBLIC_URL": "http://inbox.acme.org"}, []string{"PUBLIC_URL must be https"}},
		"public URL with path":     {map[string]string{"PARLOR_PUBLIC_URL": "https://acme.org/inbox"}, []string{"PUBLIC_URL must be an origin"}},
		"public URL with password": {map[string]string{"PARLOR_PUBLIC_URL": "https://a:b@acme.org"}, []string{"PUBLIC_URL must be an https"}},
		"addr":                     {map[string]string{"PARLOR_ADDR": "8080"}, []string{"ADDR must be host:port"}},
		"ops on the service's":     {map[string]string{"PARLOR_OPS_ADDR": "127.0.0.1:8080"}, []string{"OPS_ADDR must not be"}},
		"trusted proxies":          {map[string]string{"PARLOR_TRUSTED_PROXIES": "10.0.0.1"}, []string{"TRUSTED_PROXIES must be"}},
		"everybody trusted":        {map[string]string{"PARLOR_TRUSTED_PROXIES": "0.0.0.0/0"}, []string{"TRUSTED_PROXIES must not hold"}},
		"log level":                {map[string]string{"PARLOR_LOG_LEVEL": "loud"}, []string{"LOG_LEVEL must be"}},
		"log format":               {map[string]string{"PARLOR_LOG_FORMAT": "xml"}, []string{"LOG_FORMAT must be one of"}},
		"conns":                    {map[string]string{"PARLOR_DB_MAX_CONNS": "1"}, []string{"DB_MAX_CONNS must be"}},
		"dsn":                      {map[string]string{"PARLOR_DATABASE_URL": "mysql://a@b/c"}, []string{"DATABASE_URL must be a postgres"}},
		"one role for both":        {map[string]string{"PARLOR_PLATFORM_DATABASE_URL": "postgres://app:pw@db/parlor"}, []string{"PLATFORM_DATABASE_URL must not be"}},
		"owner serves":             {map[string]string{"PARLOR_MIGRATE_DATABASE_URL": "postgres://app:pw@db/parlor"}, []string{"MIGRATE_DATABASE_URL must not be"}},
		"blob store":               {map[string]string{"PARLOR_BLOB_URL": "blobs"}, []string{"BLOB_URL must be file:///"}},
		"blob store's secret":      {map[string]string{"PARLOR_BLOB_URL": "s3://key:secret@bucket"}, []string{"BLOB_URL must be file:///"}},
		"days":                     {map[string]string{"PARLOR_MEDIA_KEEP_DAYS": "-1"}, []string{"MEDIA_KEEP_DAYS must be a number of days"}},
		"days without a store":     {map[string]string{"PARLOR_MEDIA_KEEP_DAYS": "7"}, []string{"BLOB_URL is required"}},
		"media hosts":              {map[string]string{"PARLOR_MEDIA_EXTRA_HOSTS": "127.0.0.1"}, []string{"MEDIA_EXTRA_HOSTS must be"}},
		"human agent":              {map[string]string{"PARLOR_INSTAGRAM_HUMAN_AGENT": "yes"}, []string{"INSTAGRAM_HUMAN_AGENT must be true or false"}},
		"duration":                 {map[string]string{"PARLOR_UNREADABLE_KEEP": "3 days"}, []string{"UNREADABLE_KEEP must be a duration"}},
		"negative duration":        {map[string]string{"PARLOR_SESSION_LIFE": "-1h"}, []string{"SESSION_LIFE must be a duration"}},
		"token life":               {map[string]string{"PARLOR_SESSION_TOKEN_LIFE": "25h"}, []string{"SESSION_TOKEN_LIFE must be from"}},
		"idle beyond life":         {map[string]string{"PARLOR_SESSION_IDLE_LIFE": "721h"}, []string{"SESSION_IDLE_LIFE must not be longer"}},
		"provider":                 {map[string]string{"PARLOR_PROVIDERS": "bootstrap,github"}, []string{"PROVIDERS must be"}},
		"provider twice":           {map[string]string{"PARLOR_PROVIDERS": "bootstrap,bootstrap"}, []string{"PROVIDERS must be"}},
		"creation":                 {map[string]string{"PARLOR_ACCOUNT_CREATION": "anybody"}, []string{"ACCOUNT_CREATION must be"}},
		"allowlist of names":       {map[string]string{"PARLOR_ACCOUNT_ALLOWLIST": "casalumen"}, []string{"ACCOUNT_ALLOWLIST must be"}},
		"allowlist without mode":   {map[string]string{"PARLOR_ACCOUNT_CREATION": "open", "PARLOR_ACCOUNT_ALLOWLIST": "178"}, []string{"ACCOUNT_ALLOWLIST has no effect"}},
		"self without file":        {map[string]string{"PARLOR_BOOTSTRAP_HTPASSWD_FILE": ""}, []string{"BOOTSTRAP_HTPASSWD_FILE is required"}},
		"proxy without proof":      {map[string]string{"PARLOR_BOOTSTRAP_MODE": "proxy"}, []string{"BOOTSTRAP_PROXY_CIDRS is required", "BOOTSTRAP_PROXY_SECRET is required"}},
		"short proxy secret":       {map[string]string{"PARLOR_BOOTSTRAP_PROXY_SECRET": "Zu7kQ"}, []string{"BOOTSTRAP_PROXY_SECRET is shorter"}},
		"staff role":               {map[string]string{"PARLOR_BOOTSTRAP_STAFF": "operator=root"}, []string{"BOOTSTRAP_STAFF must be"}},
		"member without role":      {map[string]string{"PARLOR_BOOTSTRAP_MEMBERS": "operator"}, []string{"BOOTSTRAP_MEMBERS must be"}},
		"nobody at all":            {map[string]string{"PARLOR_BOOTSTRAP_STAFF": "none"}, []string{"BOOTSTRAP_STAFF is none"}},
		"member who is no staff":   {map[string]string{"PARLOR_BOOTSTRAP_MEMBERS": "helen=owner"}, []string{"BOOTSTRAP_MEMBERS names a user"}},
		"instagram without app":    {map[string]string{"PARLOR_PROVIDERS": "instagram"}, []string{"INSTAGRAM_APP_ID is required", "INSTAGRAM_APP_SECRET is required", "INSTAGRAM_VERIFY_TOKEN is required"}},
		"phase 1 token alone":      {map[string]string{"PARLOR_BOOTSTRAP_INSTAGRAM_ACCESS_TOKEN": "IGAAx9"}, []string{"BOOTSTRAP_INSTAGRAM_USER_ID is required", "INSTAGRAM_APP_SECRET is required", "INSTAGRAM_VERIFY_TOKEN is required"}},
		"graph over http":          {map[string]string{"PARLOR_INSTAGRAM_GRAPH_URL": "http://graph.acme.org"}, []string{"INSTAGRAM_GRAPH_URL must be https"}},
		"version":                  {map[string]string{"PARLOR_INSTAGRAM_VERSION": "25"}, []string{"INSTAGRAM_VERSION must be"}},
		"placeholder app secret":   {map[string]string{"PARLOR_INSTAGRAM_APP_SECRET": "changeme"}, []string{"INSTAGRAM_APP_SECRET is a placeholder"}},
		"placeholder in a list":    {map[string]string{"PARLOR_INSTAGRAM_WEBHOOK_SECRETS": "0f3a,Secret"}, []string{"INSTAGRAM_WEBHOOK_SECRETS holds a placeholder"}},
		"sealing key short":        {map[string]string{"PARLOR_SEALING_KEY": b64("short")}, []string{"SEALING_KEY must be exactly 32"}},
		"sealing key of zeros":     {map[string]string{"PARLOR_SEALING_KEY": b64(strings.Repeat("\x00", 32))}, []string{"SEALING_KEY is a well-known placeholder"}},
		"sealing key counted":      {map[string]string{"PARLOR_SEALING_KEY": b64("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f")}, []string{"SEALING_KEY is a well-known placeholder"}},
		"push key short":           {map[string]string{"PARLOR_PUSH_KEY": b64("short")}, []string{"PUSH_KEY must be exactly 32"}},
		"push key of two uses":     {map[string]string{"PARLOR_PUSH_KEY": k1, "PARLOR_SEALING_KEY": k1}, []string{"PUSH_KEY must not be PARLOR_SEALING_KEY"}},
		"our example's key":        {map[string]string{"PARLOR_SEALING_KEY": "ZXhhbXBsZS1leGFtcGxlLWV4YW1wbGUtZXhhbXBsZSE="}, []string{"SEALING_KEY is a well-known placeholder"}},
		"ring is no list":          {map[string]string{"PARLOR_SESSION_KEYS": "abc"}, []string{"SESSION_KEYS must be a JSON list"}},
		"ring is empty":            {map[string]string{"PARLOR_SESSION_KEYS": "[]"}, []string{"SESSION_KEYS must be a JSON list"}},
		"ring with more behind":    {map[string]string{"PARLOR_SESSION_KEYS": ring(`[{"kid":"a","key":%q}] []`, k1)}, []string{"SESSION_KEYS must be a JSON list"}},
		"unknown field":            {map[string]string{"PARLOR_SESSION_KEYS": ring(`[{"kid":"a","key":%q,"notBefore":1}]`, k1)}, []string{"SESSION_KEYS must be a JSON list"}},
		"31 bytes":                 {map[string]string{"PARLOR_SESSION_KEYS": ring(`[{"kid":"a","key":%q}]`, b64("0123456789abcdefghijklmnopqrstu"))}, []string{"SESSION_KEYS number 1 of the list: its key is shorter than 32"}},
		"changeme, long enough":    {map[string]string{"PARLOR_SESSION_KEYS": ring(`[{"kid":"a","key":%q}]`, b64("ChangeMe-for-production-0123456789abcdef"))}, []string{"SESSION_KEYS number 1 of the list: its key is a well-known placeholder"}},
		"changeme as base64":       {map[string]string{"PARLOR_SESSION_KEYS": ring(`[{"kid":"a","key":%q}]`, "changemechangemechangemechangemechangemechange1")}, []string{"SESSION_KEYS number 1 of the list: its key is a"}},
		"all the same byte":        {map[string]string{"PARLOR_SESSION_KEYS": ring(`[{"kid":"a","key":%q}]`, b64(strings.Repeat("x", 40)))}, []string{"SESSION_KEYS number 1 of the list: its key is a well-known placeholder"}},
		"not base64":               {map[string]string{"PARLOR_SESSION_KEYS": `[{"kid":"a","key":"??"}]`}, []string{"SESSION_KEYS number 1 of the list: its key must be base64"}},
		"no kid":                   {map[string]string{"PARLOR_SESSION_KEYS": ring(`[{"key":%q}]`, k1)}, []string{"SESSION_KEYS number 1 of the list: its kid must be"}},
		"kid twice":                {map[string]string{"PARLOR_SESSION_KEYS": ring(`[{"kid":"a","key":%q},{"kid":"a","key":%q,"not_before":"2026-01-01T00:00:00Z"}]`, k1, k2)}, []string{"SESSION_KEYS number 2 of the list: its kid is used twice"}},
		"key twice":                {map[string]string{"PARLOR_SESSION_KEYS": ring(`[{"kid":"a","key":%q},{"kid":"b","key":%q,"not_before":"2026-01-01T00:00:00Z"}]`, k1, k1)}, []string{"SESSION_KEYS number 2 of the list: its key is that of another"}},
		"two begin together":       {map[string]string{"PARLOR_SESSION_KEYS": ring(`[{"kid":"a","key":%q},{"kid":"b","key":%q}]`, k1, k2)}, []string{"SESSION_KEYS number 2 of the list: its not_before is that of"}},
		"overlap too short":        {map[string]string{"PARLOR_SESSION_KEYS": ring(`[{"kid":"a","key":%q,"sign_until":"2026-02-01T00:00:00Z","verify_until":"2026-02-02T00:00:59Z"},{"kid":"b","key":%q,"not_before":"2026-01-01T00:00:00Z"}]`, k1, k2)}, []string{"SESSION_KEYS number 1 of the list: its verify_until must be 24h1m"}},
		"nobody signs later":       {map[string]string{"PARLOR_SESSION_KEYS": ring(`[{"kid":"a","key":%q,"sign_until":"2026-02-01T00:00:00Z"},{"kid":"b","key":%q,"not_before":"2026-02-02T00:00:00Z"}]`, k1, k2)}, []string{"SESSION_KEYS number 1 of the list: when its sign_until comes"}},
		"verify without sign":      {map[string]string{"PARLOR_SESSION_KEYS": ring(`[{"kid":"a","key":%q,"verify_until":"2026-02-01T00:00:00Z"}]`, k1)}, []string{"SESSION_KEYS number 1 of the list: its verify_until needs"}},
		"bootstrap id":             {map[string]string{"PARLOR_BOOTSTRAP_INSTAGRAM_USER_ID": "casalumen"}, []string{"BOOTSTRAP_INSTAGRAM_USER_ID must be an Instagram id"}},
		"expiry":                   {map[string]string{"PARLOR_BOOTSTRAP_EXPIRES_AT": "tomorrow"}, []string{"BOOTSTRAP_EXPIRES_AT must be a time"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := configs.FromEnv(with(tc.set))
			var faults configs.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("err = %v, want faults", err)
			}
			var got []string
			for _, f := range faults {
				got = append(got, strings.TrimPrefix(f.Key, "PARLOR_")+" "+f.Problem)
			}
			if !slices.EqualFunc(got, tc.want, strings.HasPrefix) {
				t.Errorf("faults:\n%s\nwant, each with this beginning:\n%s", strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
			}
		})
	}
}

func TestRingWithOverlapIsTaken(t *testing.T) {
	t.Parallel()
	keys := fmt.Sprintf(`[{"kid":"old","key":%q,"sign_until":"2026-02-01T00:00:00Z","verify_until":"2026-02-02T00:01:00Z"},
		{"kid":"new","key":%q,"not_before":"2026-01-31T00:00:00Z"}]`, randomKey(), randomKey())
	c, err := configs.FromEnv(with(map[string]string{"PARLOR_SESSION_KEYS": keys}))
	if err != nil || len(c.Sessions.Keys) != 2 || c.Sessions.Keys[1].NotBefore.IsZero() {
		t.Fatalf("keys = %d, err = %v", len(c.Sessions.Keys), err)
	}
}

func TestAllFaultsAtOnceAndNoValue(t *testing.T) {
	t.Parallel()
	canary := "CANARY7f3a9"
	set := map[string]string{}
	for key := range configs.Keys() {
		set[key] = canary
	}
	set["PARLOR_NEW_KEY"] = canary
	_, err := configs.FromEnv(with(set))
	var faults configs.Faults
	if !errors.As(err, &faults) || len(faults) < 25 {
		t.Fatalf("got %d faults, want nearly every key: %v", len(faults), err)
	}
	if strings.Contains(err.Error(), canary) {
		t.Errorf("a value is in the error:\n%v", err)
	}
}

func TestSecretFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key := randomKey()
	tests := map[string]struct {
		inline, path, want string
	}{
		"newline trimmed":   {"", file("ok", key+"\n"), ""},
		"windows newline":   {"", file("crlf", key+"\r\n"), ""},
		"both set":          {key, file("both", key), "PARLOR_SEALING_KEY is set together with PARLOR_SEALING_KEY_FILE"},
		"missing":           {"", filepath.Join(dir, "CANARY"), "PARLOR_SEALING_KEY_FILE names a file that cannot be read: no such file"},
		"a folder":          {"", dir, "PARLOR_SEALING_KEY_FILE names a file that cannot be read"},
		"empty":             {"", file("empty", "\n"), "PARLOR_SEALING_KEY is required"},
		"far too long":      {"", file("long", strings.Repeat("x", 70<<10)), "PARLOR_SEALING_KEY_FILE names a file of more than"},
		"content is judged": {"", file("bad", "CANARY"), "PARLOR_SEALING_KEY must be exactly"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := configs.FromEnv(with(map[string]string{"PARLOR_SEALING_KEY": tc.inline, "PARLOR_SEALING_KEY_FILE": tc.path}))
			if tc.want == "" {
				if err != nil || base64.StdEncoding.EncodeToString(c.SealingKey.Bytes()) != key {
					t.Errorf("err = %v, or the key differs", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "CANARY") {
				t.Errorf("err = %v, want %q and no value in it", err, tc.want)
			}
		})
	}
}

func TestDatabaseFromEnv(t *testing.T) {
	t.Parallel()
	if _, err := configs.DatabaseFromEnv([]string{"PARLOR_DATABASE_URL=postgres://a@b/c", "PARLOR_LOG_LEVEL=loud"}, "DATABASE_URL"); err != nil {
		t.Errorf("other settings count: %v", err)
	}
	_, err := configs.DatabaseFromEnv([]string{"PARLOR_DATABASE_ULR=postgres://a@b/c"}, "DATABASE_URL")
	if err == nil || !strings.Contains(err.Error(), "PARLOR_DATABASE_URL is required") || !strings.Contains(err.Error(), "PARLOR_DATABASE_ULR is not") {
		t.Errorf("err = %v", err)
	}
}

func TestOpsAddrFromEnv(t *testing.T) {
	t.Parallel()
	addr, err := configs.OpsAddrFromEnv([]string{"PARLOR_OPS_ADDR=0.0.0.0:9191", "PARLOR_LOG_LEVEL=loud"})
	if err != nil || addr != "0.0.0.0:9191" {
		t.Errorf("addr = %q, err = %v", addr, err)
	}
}
