package media

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"gocloud.dev/blob"
	"golang.org/x/sync/singleflight"

	"parlor/instagram"
	"parlor/tenants"
)

// KeyBytes is the least length of Options.Key.
const KeyBytes = 32

// DefaultMaxBytes is the most that is passed on of one file: what Instagram takes of the largest kinds.
const DefaultMaxBytes int64 = 25 << 20

// Options holds what media are served with. DB, Key and PublicURL are required.
type Options struct {
	DB        *tenants.DB
	Platform  *tenants.Platform // for Sweep alone
	Bucket    *blob.Bucket      // see OpenBucket; nil: no uploads, and nothing is kept
	Key       []byte            // at least KeyBytes; the keys of tickets and of sealing are derived from it
	PublicURL *url.URL          // under which Instagram fetches uploads
	KeepDays  int               // how long copies of what customers sent are kept; 0: none are made
	MaxBytes  int64             // of one file; default DefaultMaxBytes
	RoomBytes int64             // for the uploads of one account, which stay for two days; default 2 GiB

	// ExtraHosts are served beside Instagram's own, as host:port, by http too and at any address: the simulator. Never in production.
	ExtraHosts []string
	// Refetch asks Instagram for the attachments of a message again, because an address has expired. ErrExpired, or an answer without
	// attachments: it does not give the message any more. Nil: an expired address stays so.
	Refetch func(ctx context.Context, mid string) ([]instagram.Attachment, error)

	AtOnce           int              // files passed on at once by this instance, to those who look and again to Instagram; default 64
	AtOncePerAccount int              // of them for one account; default 12
	Logger           *slog.Logger     // default: discards
	Now              func() time.Time // default: time.Now
}

func (o Options) withDefaults() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.RoomBytes <= 0 {
		o.RoomBytes = 2 << 30
	}
	if o.AtOnce <= 0 {
		o.AtOnce = 64
	}
	if o.AtOncePerAccount <= 0 {
		o.AtOncePerAccount = 12
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Media serves files to those who hold a ticket.
type Media struct {
	o       Options
	db      *tenants.DB
	tickets tickets
	vault   vault
	fetch   *fetcher
	seats   *seats            // of those who look
	out     *seats            // of Instagram: no reply waits for somebody who looks at a file
	types   *recent[string]   // what kind an attachment turned out to be, for a request of its middle
	waits   *recent[struct{}] // attachments that were asked for again in vain a moment ago
	asking  singleflight.Group
	sweep   sweep
}

// New checks the options; it sends nothing.
func New(o Options) (*Media, error) {
	o = o.withDefaults()
	switch {
	case o.DB == nil:
		return nil, errors.New("media: the database is required")
	case len(o.Key) < KeyBytes:
		return nil, fmt.Errorf("media: the key has %d bytes, want at least %d", len(o.Key), KeyBytes)
	case o.PublicURL == nil || o.PublicURL.Host == "":
		return nil, errors.New("media: the public URL is required")
	}
	m := &Media{o: o, db: o.DB, seats: newSeats(o.AtOnce, o.AtOncePerAccount), out: newSeats(o.AtOnce, o.AtOncePerAccount)}
	m.types, m.waits = newRecent[string](o.Now, typesLife), newRecent[struct{}](o.Now, refetchPause)
	var err error
	if m.tickets, err = newTickets(o.Key, o.Now); err != nil {
		return nil, err
	}
	if m.vault, err = newVault(o.Key, o.Bucket); err != nil {
		return nil, err
	}
	m.fetch, err = newFetcher(fetchOptions{extraHosts: o.ExtraHosts, maxBytes: o.MaxBytes})
	return m, err
}
