package main

import (
	"bytes"
	"context"
	"os"
	"time"

	"parlor/auth"
	"parlor/configs"
)

// usersPoll is how often a running instance looks at the htpasswd file.
const usersPoll = time.Second

// expiryNotice is how often the log says that the bootstrap sign-in is about to end.
const expiryNotice = 24 * time.Hour

// followUsers takes in the htpasswd file whenever it changes, until ctx ends: who is gone from it is signed out at once. A file that cannot be
// read, or holds a bad line, leaves the users as they are, and is complained of once. It also says daily when the sign-in is about to end.
func (h *house) followUsers(ctx context.Context) error {
	b := h.config.Bootstrap
	self := h.bootstrapSelf()
	var taken, refused []byte
	if self != nil {
		taken, _ = os.ReadFile(b.HtpasswdFile) // read a moment ago; what changed since then is taken in below
	}
	ticker := time.NewTicker(usersPoll)
	defer ticker.Stop()
	var told time.Time
	for {
		if left := time.Until(b.ExpiresAt); h.hasBootstrap() && !b.ExpiresAt.IsZero() && left < expiryWarn && time.Since(told) > expiryNotice {
			told = time.Now()
			h.log.WarnContext(ctx, "bootstrap.expires", "at", b.ExpiresAt, "days", int(left/(24*time.Hour)))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if self == nil {
			continue
		}
		text, err := os.ReadFile(b.HtpasswdFile)
		if err == nil && bytes.Equal(text, taken) || err == nil && bytes.Equal(text, refused) {
			continue
		}
		if err == nil {
			err = h.takeUsers(ctx, self, text)
		}
		if err != nil {
			h.complain(ctx, "htpasswd.refused", err)
			refused = text
			continue
		}
		taken, refused = text, nil
	}
}

// takeUsers puts the users of the text in the place of the former, and ends the sessions of those who are gone.
func (h *house) takeUsers(ctx context.Context, self *auth.BootstrapSelf, text []byte) error {
	users, err := auth.ReadHtpasswd(bytes.NewReader(text))
	if err != nil {
		return err
	}
	self.SetUsers(users)
	ended, err := h.sessions.Reconcile(ctx, h.registry, h.config.Sessions.KeepDisabled)
	h.log.InfoContext(ctx, "htpasswd.changed", "sessions_ended", ended)
	return err
}

// complain logs a fault of a file that goes on, not at every look.
func (h *house) complain(ctx context.Context, event string, err error) {
	if h.complained != err.Error() {
		h.complained = err.Error()
		h.log.ErrorContext(ctx, event, "error", err.Error(), "kept", "the users that were read before")
	}
}

func (h *house) bootstrapSelf() *auth.BootstrapSelf {
	p, err := h.registry.Lookup(configs.ProviderBootstrap)
	if err != nil {
		return nil
	}
	self, _ := p.(*auth.BootstrapSelf)
	return self
}

func (h *house) hasBootstrap() bool {
	_, err := h.registry.Lookup(configs.ProviderBootstrap)
	return err == nil
}
