package auth

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"parlor/tenants"
)

// ThrottleOptions says how many passwords may be tried. Platform and Key are required.
type ThrottleOptions struct {
	Platform *tenants.Platform
	Key      []byte           // 32 bytes or more, the same on every instance; names and addresses are kept as an HMAC by it
	User     int              // wrong passwords of one user name in a window; default 5
	Address  int              // of one client: an IPv4 address, or the /64 of an IPv6 one; default 20
	Global   int              // of everybody; default 300
	Window   time.Duration    // from the first wrong password on; default 15 minutes
	Now      func() time.Time // default time.Now
}

// Throttle counts wrong passwords, in the database, so that neither a restart nor another instance forgets them. A try is counted before its
// password is looked at and taken back when it was right: however many come at once, no more than the limit are looked at. A limit that is
// reached refuses every try until its window is over, also the right password: an answer would tell that it is. It is safe for concurrent use.
type Throttle struct {
	o   ThrottleOptions
	key []byte

	toldGlobal atomic.Int64 // end of the window in which the log was told that the ceiling is reached
}

// The scopes in which tries are counted.
const (
	scopeUser    = "user"
	scopeAddress = "address"
	scopeGlobal  = "global"
)

// NewThrottle checks the options.
func NewThrottle(o ThrottleOptions) (*Throttle, error) {
	if o.Platform == nil || len(o.Key) < minKeyBytes {
		return nil, errors.New("throttle: a platform handle and a key of 32 bytes are required")
	}
	for limit, otherwise := range map[*int]int{&o.User: 5, &o.Address: 20, &o.Global: 300} {
		if *limit <= 0 {
			*limit = otherwise
		}
	}
	o.Window = lifeOr(o.Window, 15*time.Minute)
	if o.Now == nil {
		o.Now = time.Now
	}
	key, err := hkdf.Key(sha256.New, o.Key, nil, "parlor sign-in throttle", sha256.Size)
	return &Throttle{o: o, key: key}, err
}

// Run removes the counts of windows that are over, until ctx ends.
func (t *Throttle) Run(ctx context.Context) error {
	ticker := time.NewTicker(max(t.o.Window/4, time.Second))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C: // a database that is away is asked again the next time
			_, _ = t.Sweep(ctx)
		}
	}
}

// Sweep removes the counts of windows that are over and returns how many there were.
func (t *Throttle) Sweep(ctx context.Context) (int64, error) {
	tag, err := t.o.Platform.Exec(ctx, `delete from platform.sign_in_attempts where until <= $1`, t.now())
	if err != nil {
		return 0, fmt.Errorf("sweep sign-in attempts: %w", err)
	}
	return tag.RowsAffected(), nil
}

// now is the time in the precision of the database.
func (t *Throttle) now() time.Time { return t.o.Now().UTC().Truncate(time.Microsecond) }

func (t *Throttle) limit(scope string) int {
	switch scope {
	case scopeUser:
		return t.o.User
	case scopeAddress:
		return t.o.Address
	}
	return t.o.Global
}

// hash is what the database has instead of a name or an address.
func (t *Throttle) hash(scope, value string) []byte {
	mac := hmac.New(sha256.New, t.key)
	mac.Write([]byte(scope + "\x00" + value)) // a hash never fails to write
	return mac.Sum(nil)
}

// Client is the part of an address that is one client's: providers give each customer an IPv6 /64 at the least.
func Client(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if !a.Is6() {
		return a.String()
	}
	prefix, err := a.Prefix(64)
	if err != nil { // never for a valid address of 128 bits
		return a.String()
	}
	return prefix.String()
}

// throttled is ErrThrottled with the time after which another try is looked at.
type throttled struct {
	error
	after time.Duration
}

// Unwrap gives the refusal.
func (t *throttled) Unwrap() error { return t.error }

// RetryAfter returns how long to wait before the next try when err is an ErrThrottled that knows; else 0.
func RetryAfter(err error) time.Duration {
	if t, ok := errors.AsType[*throttled](err); ok {
		return t.after
	}
	return 0
}

func refuseFor(after time.Duration, reason string, cause error) error {
	return &throttled{error: Refuse(ErrThrottled, reason, cause), after: after}
}
