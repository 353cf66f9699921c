package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// demoState is what a demo keeps between its runs, in state.json: everything that was made by chance.
type demoState struct {
	AppPassword      string       `json:"app_password"`
	PlatformPassword string       `json:"platform_password"`
	MigratePassword  string       `json:"migrate_password"`
	SessionKeys      []sessionKey `json:"session_keys"`
	SealingKey       string       `json:"sealing_key"`
	AuditKey         string       `json:"audit_key"`
	PushKey          string       `json:"push_key"`
	AppSecret        string       `json:"app_secret"`
	VerifyToken      string       `json:"verify_token"`
	Operator         demoLogin    `json:"operator"`
	Support          demoLogin    `json:"support"`
	Delivered        bool         `json:"delivered"` // the history has arrived once
}

type demoLogin struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// demoInfo is demo.json: what a person's scripts and tests need to talk to a running demo. It is there while the demo is
// ready, and only then complete.
type demoInfo struct {
	URL                 string        `json:"url"`
	SimulatorURL        string        `json:"simulator_url"`
	OpsURL              string        `json:"ops_url"`
	DatabaseURL         string        `json:"database_url"`
	PlatformDatabaseURL string        `json:"platform_database_url"`
	AppSecret           string        `json:"app_secret"`
	SessionKeys         []sessionKey  `json:"session_keys"`
	Operator            demoLogin     `json:"operator"`
	Support             demoLogin     `json:"support"`
	Accounts            []demoAccount `json:"accounts"`
}

type demoAccount struct {
	AccountID string `json:"account_id"`
	UserID    string `json:"user_id"`
	Username  string `json:"username"`
}

// demoDir is the folder of a demo. One process at a time holds it.
type demoDir struct {
	path string
	lock *os.File
}

// openDemoDir makes the folder and takes it. The lock goes with the process, however that ends.
func openDemoDir(path string) (*demoDir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the demo's folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the user names the folder
	if err != nil {
		return nil, fmt.Errorf("lock the demo's folder: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("another demo is running on %s: stop it, or choose another folder with --data", path)
	}
	d := &demoDir{path: path, lock: lock}
	return d, d.remove("demo.json") // of a run that was killed
}

func (d *demoDir) file(name string) string { return filepath.Join(d.path, name) }

func (d *demoDir) remove(name string) error {
	if err := os.Remove(d.file(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("tidy the demo's folder: %w", err)
	}
	return nil
}

// write replaces a file of the folder in one step, readable for its owner alone.
func (d *demoDir) write(name string, content []byte) error {
	draft := d.file(name + ".new")
	if err := os.WriteFile(draft, content, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(draft, d.file(name)); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func (d *demoDir) writeJSON(name string, content any) error {
	text, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return d.write(name, append(text, '\n'))
}

// close gives the folder back.
func (d *demoDir) close() error { return errors.Join(d.remove("demo.json"), d.lock.Close()) }

// state reads what a former run kept, or makes it.
func (d *demoDir) state() (*demoState, error) {
	text, err := os.ReadFile(d.file("state.json"))
	if errors.Is(err, fs.ErrNotExist) {
		s := newDemoState(time.Now())
		return s, d.writeJSON("state.json", s)
	}
	if err != nil {
		return nil, fmt.Errorf("read the demo's state: %w", err)
	}
	s := &demoState{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s cannot be read; remove %s to begin anew", d.file("state.json"), d.path)
	}
	if s.PushKey == "" { // of a version that told no devices
		s.PushKey = newKey()
	}
	if s.AuditKey == "" { // of a version that did not chain the logs
		s.AuditKey = newKey()
		return s, d.writeJSON("state.json", s)
	}
	return s, nil
}

func newDemoState(now time.Time) *demoState {
	return &demoState{
		AppPassword: rand.Text(), PlatformPassword: rand.Text(), MigratePassword: rand.Text(),
		SessionKeys: []sessionKey{newSessionKey(now)}, SealingKey: newKey(), AuditKey: newKey(), PushKey: newKey(),
		AppSecret: newKey(), VerifyToken: rand.Text(),
		Operator: demoLogin{Username: "operator", Password: rand.Text()},
		Support:  demoLogin{Username: "support", Password: rand.Text()},
	}
}

// writeHtpasswd writes the file that the bootstrap provider reads.
func (d *demoDir) writeHtpasswd(logins ...demoLogin) error {
	var lines []byte
	for _, login := range logins {
		entry, err := htpasswdEntry(login.Username, login.Password)
		if err != nil {
			return err
		}
		lines = append(lines, entry+"\n"...)
	}
	return d.write("htpasswd", lines)
}
