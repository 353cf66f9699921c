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
	file := usersFile{h: h, self: h.bootstrapSelf()}
	ticker := time.NewTicker(usersPoll)
	defer ticker.Stop()
	var told time.Time
	for {
		if h.bootstrapEndsSoon() && time.Since(told) > expiryNotice {
			told = time.Now()
			ends := h.config.Bootstrap.ExpiresAt
			h.log.WarnContext(ctx, "bootstrap.expires", "at", ends, "days", int(time.Until(ends)/(24*time.Hour)))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if file.self != nil {
			file.look(ctx)
		}
	}
}

func (h *house) bootstrapEndsSoon() bool {
	ends := h.config.Bootstrap.ExpiresAt
	return h.hasBootstrap() && !ends.IsZero() && time.Until(ends) < expiryWarn
}

// usersFile is what is known of the htpasswd file. Its first look takes it in anew: it may have changed since the start read it.
type usersFile struct {
	h     *house
	self  *auth.BootstrapSelf
	taken []byte // its content; nil: not looked at yet
	due   bool   // sessions of those who are gone have yet to end
	told  string // the fault that the log knows of
}

// look takes the file in if it has changed. Sessions that could not be ended are tried again with the next look.
func (f *usersFile) look(ctx context.Context) {
	if err := f.read(); err != nil {
		f.complain(ctx, "htpasswd.refused", err)
		return
	}
	if f.due {
		ended, err := f.h.sessions.Reconcile(ctx, f.h.registry, f.h.config.Sessions.KeepDisabled)
		if err != nil {
			f.complain(ctx, "htpasswd.unfinished", err)
			return
		}
		f.due = false
		f.h.log.InfoContext(ctx, "htpasswd.taken", "sessions_ended", ended)
	}
	f.told = ""
}

func (f *usersFile) read() error {
	text, err := os.ReadFile(f.h.config.Bootstrap.HtpasswdFile)
	if err != nil || f.taken != nil && bytes.Equal(text, f.taken) {
		return err
	}
	users, err := auth.ReadHtpasswd(bytes.NewReader(text))
	if err != nil {
		return err
	}
	f.self.SetUsers(users)
	f.taken, f.due = text, true
	return nil
}

// complain logs a fault once, not at every look; after a repair the next one is news again.
func (f *usersFile) complain(ctx context.Context, event string, err error) {
	if f.told != err.Error() {
		f.told = err.Error()
		f.h.log.ErrorContext(ctx, event, "error", err.Error())
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
