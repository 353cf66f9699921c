package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"
)

type secretsCommand struct {
	Dir      string `arg:"" type:"path" help:"Folder for the files; made when missing."`
	DBHost   string `name:"db-host" default:"postgres" help:"Host (and :port) of PostgreSQL, for the database URLs."`
	DBName   string `name:"db-name" default:"parlor" help:"Database, for the database URLs."`
	Operator string `default:"operator" help:"Name of the operator in the htpasswd file."`
}

// Run writes every secret that is the operator's to make, and empty files for those that come from Meta. A file that is
// there already is left alone, so that it may be repeated.
func (c secretsCommand) Run(p *process) error {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	adminPassword, _, err := c.keep("postgres_password", rand.Text())
	if err != nil {
		return err
	}
	proxySecret, _, err := c.keep("proxy_secret", newKey())
	if err != nil {
		return err
	}
	password := rand.Text()
	entry, err := htpasswdEntry(c.Operator, password)
	if err != nil {
		return err
	}
	for name, content := range c.files(adminPassword, proxySecret) {
		if _, _, err := c.keep(name, content); err != nil {
			return err
		}
	}
	_, fresh, err := c.keep("htpasswd", entry)
	if err != nil {
		return err
	}
	p.printf("The secrets are in %s. Instagram's own go into instagram_app_secret and instagram_access_token there.\n", c.Dir)
	if fresh {
		p.printf("Operator sign-in, shown this once: %s / %s\n", c.Operator, password)
	}
	return nil
}

func (c secretsCommand) files(adminPassword, proxySecret string) map[string]string {
	return map[string]string{
		"admin_database_url":     c.databaseURL("postgres", adminPassword, "postgres"),
		"database_url":           c.databaseURL("parlor_app_login", rand.Text(), c.DBName),
		"platform_database_url":  c.databaseURL("parlor_platform_login", rand.Text(), c.DBName),
		"migrate_database_url":   c.databaseURL("parlor_migrate_login", rand.Text(), c.DBName),
		"session_keys":           sessionKeysJSON(newSessionKey(time.Now())),
		"sealing_key":            newKey(),
		"audit_key":              newKey(),
		"push_key":               newKey(),
		"nginx_proxy_auth.conf":  fmt.Sprintf("proxy_set_header X-Proxy-Auth %q;", proxySecret),
		"instagram_verify_token": rand.Text(),
		"instagram_app_secret":   "",
		"instagram_access_token": "",
		"oidc_client_secret":     "",
	}
}

// databaseURL is without TLS for a host of one word: a neighbour in a container network. Elsewhere the server's
// certificate is checked.
func (c secretsCommand) databaseURL(user, password, database string) string {
	host, _, err := net.SplitHostPort(c.DBHost)
	if err != nil {
		host = c.DBHost
	}
	mode := "verify-full"
	if !strings.Contains(host, ".") || net.ParseIP(host).IsLoopback() {
		mode = "disable"
	}
	u := url.URL{Scheme: "postgres", User: url.UserPassword(user, password), Host: c.DBHost, Path: database, RawQuery: "sslmode=" + mode}
	return u.String()
}

// keep writes a file unless it is there, and returns what it holds then. The folder is closed to others; the files are
// readable because a container mounts them one by one, under a user of its own.
func (c secretsCommand) keep(name, content string) (kept string, fresh bool, err error) {
	path := filepath.Join(c.Dir, name)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // see above
	if errors.Is(err, fs.ErrExist) {
		old, err := os.ReadFile(path) //nolint:gosec // our own file
		if err != nil {
			return "", false, fmt.Errorf("read the secret that is there: %w", err)
		}
		return strings.TrimSpace(string(old)), false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("write the secret: %w", err)
	}
	if content != "" {
		_, err = file.WriteString(content + "\n")
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return "", false, fmt.Errorf("write the secret: %w", err)
	}
	return content, true, nil
}

// newKey returns 32 random bytes in base64.
func newKey() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return base64.StdEncoding.EncodeToString(key)
}

// sessionKey is one key of PARLOR_SESSION_KEYS.
type sessionKey struct {
	KID         string    `json:"kid"`
	Key         string    `json:"key"`
	NotBefore   time.Time `json:"not_before,omitzero"`
	SignUntil   time.Time `json:"sign_until,omitzero"`
	VerifyUntil time.Time `json:"verify_until,omitzero"`
}

// newSessionKey makes a key, named by the day.
func newSessionKey(now time.Time) sessionKey {
	return sessionKey{KID: now.UTC().Format(time.DateOnly), Key: newKey()}
}

// sessionKeysJSON is the form that PARLOR_SESSION_KEYS takes.
func sessionKeysJSON(keys ...sessionKey) string {
	text, _ := json.Marshal(keys) //nolint:errchkjson // strings alone
	return string(text)
}

// htpasswdEntry returns a line that nginx and Parlor both take.
func htpasswdEntry(user, password string) (string, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	if err != nil {
		return "", fmt.Errorf("hash the password: %w", err)
	}
	return user + ":" + string(hash), nil
}
