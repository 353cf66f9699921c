package auth

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"parlor/tenants"
)

// BootstrapID is the id of the operator's strategy of the roll-out, in either mode.
const BootstrapID = "bootstrap"

// BootstrapOptions holds what both modes share.
type BootstrapOptions struct {
	Staff     map[string]tenants.StaffRole // user → role in the installation; who has none is not let in
	Members   map[string]tenants.Role      // user → role in the default account
	ExpiresAt time.Time                    // zero: never
	Throttle  *Throttle                    // counts wrong passwords; nil: nobody does
	Now       func() time.Time             // default time.Now
}

func (o BootstrapOptions) withDefaults() BootstrapOptions {
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// admit turns a user that either mode has proved into an assertion.
func (o BootstrapOptions) admit(user string) (Assertion, error) {
	role := o.Staff[user]
	if !role.Valid() {
		return Assertion{}, Refuse(ErrAccountNotAllowed, "staff_role", nil)
	}
	return Assertion{
		Provider: BootstrapID, Subject: user, DisplayName: user, AuthTime: o.Now(),
		GivesStaff: true, StaffRole: role, Member: o.Members[user], Until: o.ExpiresAt,
	}, nil
}

// open refuses everybody from the day on which the operator meant to be done with it.
func (o BootstrapOptions) open() error {
	if !o.ExpiresAt.IsZero() && !o.Now().Before(o.ExpiresAt) {
		return Refuse(ErrProviderDisabled, "expired", nil)
	}
	return nil
}

func (o BootstrapOptions) descriptor(kind Kind) Descriptor {
	d := Descriptor{ID: BootstrapID, Kind: kind, Label: "Operator sign-in", Until: o.ExpiresAt}
	if kind == KindProxy {
		d.LoginURL = loginURL(BootstrapID)
	}
	return d
}

// BootstrapSelf is the mode in which we check the password: HTTP Basic against an htpasswd file.
type BootstrapSelf struct {
	o     BootstrapOptions
	users atomic.Pointer[Htpasswd]
	slots chan struct{} // comparisons under way: each takes a processor for a tenth of a second and more
}

// slotWait is how long a sign-in waits for its turn before it is told that there are too many.
const slotWait = 2 * time.Second

// NewBootstrapSelf returns the strategy over the users of a file. Comparisons take half of the processors at most, so that
// a flood of passwords leaves the other half to everybody else.
func NewBootstrapSelf(users *Htpasswd, o BootstrapOptions) *BootstrapSelf {
	b := &BootstrapSelf{o: o.withDefaults(), slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))}
	b.users.Store(users)
	return b
}

// SetUsers puts the users of a newer file in the place of the former.
func (b *BootstrapSelf) SetUsers(users *Htpasswd) { b.users.Store(users) }

// Descriptor describes the strategy.
func (b *BootstrapSelf) Descriptor() Descriptor { return b.o.descriptor(KindPassword) }

// Verify checks Username and Password. Errors: ErrInvalidCredentials, ErrThrottled, ErrProviderDisabled (expired),
// ErrAccountNotAllowed (no staff role).
func (b *BootstrapSelf) Verify(ctx context.Context, c Credential) (Assertion, error) {
	if err := b.o.open(); err != nil {
		return Assertion{}, err
	}
	users := b.users.Load()
	try, err := b.o.Throttle.begin(ctx, tried{provider: BootstrapID, user: c.Username, known: users.has(c.Username), from: c.client()})
	if err != nil {
		return Assertion{}, err
	}
	matches, err := b.match(ctx, users, c)
	switch {
	case err != nil: // the count errs towards refusing if it cannot be taken back
		return Assertion{}, errors.Join(err, try.unseen(ctx))
	case !matches:
		return Assertion{}, Refuse(ErrInvalidCredentials, "password", try.wrong(ctx))
	}
	if err := try.right(ctx); err != nil {
		return Assertion{}, refuseFor(slotWait, "uncounted", err)
	}
	return b.o.admit(c.Username)
}

// Admits returns the staff role of a user who is in the file, else "".
func (b *BootstrapSelf) Admits(user string) tenants.StaffRole {
	if !b.users.Load().has(user) {
		return ""
	}
	return b.o.Staff[user]
}

// match compares the password when it is this request's turn.
func (b *BootstrapSelf) match(ctx context.Context, users *Htpasswd, c Credential) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, Refuse(ErrThrottled, "gone", err)
	}
	timer := time.NewTimer(slotWait)
	defer timer.Stop()
	select {
	case b.slots <- struct{}{}:
	case <-ctx.Done():
		return false, Refuse(ErrThrottled, "gone", ctx.Err())
	case <-timer.C:
		return false, Refuse(ErrThrottled, "busy", nil)
	}
	defer func() { <-b.slots }()
	return users.Match(c.Username, c.Password), nil
}
