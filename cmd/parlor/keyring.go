package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"parlor/configs"
)

type keyringCommand struct {
	List   keyringListCommand   `cmd:"" help:"Show the keys of the ring by name, and which of them signs; never the keys themselves."`
	Rotate keyringRotateCommand `cmd:"" help:"Add a key that signs after a while; running instances take it in, and nobody is signed out."`
	Drop   keyringDropCommand   `cmd:"" help:"Emergency: take a key away at once. Tokens that it signed are refused; their browsers renew them by cookie."`
}

// ringFile is the file of the ring, which all three commands work on.
type ringFile struct {
	File string `env:"PARLOR_SESSION_KEYS_FILE" required:"" help:"The file of PARLOR_SESSION_KEYS_FILE."`
}

const (
	// ringPoll is how often a running instance looks at the file.
	ringPoll = 5 * time.Second
	// minPublish is how long before a key signs all instances must have it: several looks, and clocks that differ.
	minPublish = 30 * time.Second
	// ringOverlap is how long a key verifies after it has signed its last token: the longest life of a token, and time for clocks.
	ringOverlap = 24*time.Hour + 10*time.Minute
)

// Errors of a ring that cannot be changed so.
var (
	errPublishTooShort = fmt.Errorf("a key must be published at least %s before it signs: all instances have to read it first", minPublish)
	errRotating        = errors.New("a newer key waits to sign already: rotate again when it does")
	errNoSuchKID       = errors.New("the ring has no key of that name")
)

type keyringListCommand struct {
	ringFile
}

// Run lists the ring.
func (c keyringListCommand) Run(p *process) error {
	ring, err := c.read()
	if err != nil {
		return err
	}
	now := time.Now()
	table := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "KID\tNOW\tSIGNS FROM\tSIGNS UNTIL\tVERIFIES UNTIL")
	for _, k := range ring {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", k.KID, ring.role(k, now), moment(k.NotBefore), moment(k.SignUntil), moment(k.VerifyUntil))
	}
	return table.Flush()
}

type keyringRotateCommand struct {
	ringFile
	In time.Duration `default:"2m" help:"When the new key begins to sign; at least 30s, so that every instance has read it."`
}

// Run adds a key and gives the one that signs now its end. Keys that verify no more go.
func (c keyringRotateCommand) Run(p *process) error {
	if c.In < minPublish {
		return errPublishTooShort
	}
	ring, err := c.read()
	if err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Second)
	ring, fresh, err := ring.rotate(now, now.Add(c.In))
	if err != nil {
		return err
	}
	if err := c.write(ring); err != nil {
		return err
	}
	p.printf("Key %s signs from %s on; instances take it in within %s.\n", fresh.KID, moment(fresh.NotBefore), ringPoll)
	return nil
}

type keyringDropCommand struct {
	ringFile
	KID string `arg:"" help:"The key's name, as listed."`
}

// Run takes the key away. When nothing else could sign, a new key does, at once.
func (c keyringDropCommand) Run(p *process) error {
	ring, err := c.read()
	if err != nil {
		return err
	}
	ring, fresh, err := ring.drop(c.KID, time.Now().UTC().Truncate(time.Second))
	if err != nil {
		return err
	}
	if err := c.write(ring); err != nil {
		return err
	}
	p.printf("Key %s is gone; running instances refuse its tokens within %s.\n", c.KID, ringPoll)
	if fresh != "" {
		p.printf("Key %s signs in its place.\n", fresh)
	}
	return nil
}

// ring is the content of the file.
type ring []sessionKey

func (r ring) signer(now time.Time) int {
	best := -1
	for i, k := range r {
		if k.NotBefore.After(now) || !k.SignUntil.IsZero() && !now.Before(k.SignUntil) {
			continue
		}
		if best < 0 || !k.NotBefore.Before(r[best].NotBefore) {
			best = i
		}
	}
	return best
}

func (r ring) role(k sessionKey, now time.Time) string {
	switch i := r.signer(now); {
	case i >= 0 && r[i].KID == k.KID:
		return "signs"
	case k.NotBefore.After(now):
		return "waits"
	case !k.VerifyUntil.IsZero() && now.After(k.VerifyUntil):
		return "over"
	}
	return "verifies"
}

// rotate returns the ring with a key that signs from a time on.
func (r ring) rotate(now, from time.Time) (ring, sessionKey, error) {
	if slices.ContainsFunc(r, func(k sessionKey) bool { return k.NotBefore.After(now) }) {
		return nil, sessionKey{}, errRotating
	}
	fresh := newSessionKey(from)
	fresh.KID, fresh.NotBefore = r.freeKID(from), from
	next := slices.DeleteFunc(slices.Clone(r), func(k sessionKey) bool { return !k.VerifyUntil.IsZero() && now.After(k.VerifyUntil) })
	for i, k := range next {
		if k.SignUntil.IsZero() {
			next[i].SignUntil = from
		}
		if k.VerifyUntil.IsZero() {
			next[i].VerifyUntil = next[i].SignUntil.Add(ringOverlap)
		}
	}
	return append(next, fresh), fresh, nil
}

// drop returns the ring without a key, and the name of the new one that was needed, if any.
func (r ring) drop(kid string, now time.Time) (next ring, fresh string, err error) {
	next = slices.DeleteFunc(slices.Clone(r), func(k sessionKey) bool { return k.KID == kid })
	if len(next) == len(r) {
		return nil, "", errNoSuchKID
	}
	last := -1 // the one that is to go on
	for i, k := range next {
		if last < 0 || k.NotBefore.After(next[last].NotBefore) {
			last = i
		}
	}
	if next.signer(now) >= 0 && last >= 0 && next[last].SignUntil.IsZero() {
		return next, "", nil
	}
	k := newSessionKey(now)
	k.KID, k.NotBefore = r.freeKID(now), now
	return append(next, k), k.KID, nil
}

// freeKID names a key by its day; a second one of the day by the time, too.
func (r ring) freeKID(from time.Time) string {
	name := from.UTC().Format(time.DateOnly)
	for _, form := range []string{"2006-01-02-1504", "2006-01-02-150405"} {
		if !slices.ContainsFunc(r, func(k sessionKey) bool { return k.KID == name }) {
			break
		}
		name = from.UTC().Format(form)
	}
	return name
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

// read takes the file as the service would.
func (f ringFile) read() (ring, error) {
	text, err := os.ReadFile(f.File)
	if err != nil {
		return nil, fmt.Errorf("read the key ring: %w", err)
	}
	if _, err := configs.ParseSessionKeys(string(text)); err != nil {
		return nil, fmt.Errorf("the key ring as it is: %w", err)
	}
	var keys ring
	return keys, json.Unmarshal(text, &keys)
}

// write puts the ring into the very file, for a container may have mounted that one and would not see another in its place; what it held is
// kept beside it until that is done. An instance that reads in between keeps what it has.
func (f ringFile) write(keys ring) error {
	text := sessionKeysJSON(keys...)
	if _, err := configs.ParseSessionKeys(text); err != nil {
		return fmt.Errorf("the key ring as it would be: %w", err)
	}
	before, err := os.ReadFile(f.File)
	if err != nil {
		return fmt.Errorf("read the key ring: %w", err)
	}
	kept := f.File + ".before"
	if err := os.WriteFile(kept, before, 0o600); err != nil { //nolint:gosec // the operator names the file
		return fmt.Errorf("keep the key ring as it was: %w", err)
	}
	file, err := os.OpenFile(f.File, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return fmt.Errorf("write the key ring: %w", err)
	}
	_, err = io.WriteString(file, text+"\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write the key ring (as it was: %s): %w", kept, err)
	}
	return os.Remove(kept)
}
