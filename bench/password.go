package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/crypto/bcrypt"

	"parlor/auth"
	"parlor/tenants"
)

// passwordPairs is how many wrong passwords each kind of user gets, in turns.
const passwordPairs = 200

// passwords compares how long a wrong password takes for a user who is there and for one who is not, throttle in the database included.
// The difference must not tell who is there: it is set against the time of one bcrypt comparison.
func passwords(ctx context.Context, d *dataset, _ int, _ time.Duration) error {
	strategy, err := openDoor(ctx, d)
	if err != nil {
		return err
	}
	took := map[string][]time.Duration{}
	for range passwordPairs {
		for _, user := range []string{"operator", "nobody"} {
			start := time.Now()
			_, err := strategy.Verify(ctx, auth.Credential{Username: user, Password: rand.Text(), ClientAddr: netip.MustParseAddr("192.0.2.7")})
			if !errors.Is(err, auth.ErrInvalidCredentials) {
				return fmt.Errorf("a wrong password of %s: %w", user, err)
			}
			took[user] = append(took[user], time.Since(start))
		}
	}
	known, unknown := middle(took["operator"]), middle(took["nobody"])
	fmt.Printf("\nwrong password, %d each in turns\n", passwordPairs)
	tw := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tw, "known user\tp50 %v\t\nunknown user\tp50 %v\t\ndifference of the known one's\t%.1f %%\t\n",
		known, unknown, 100*(known-unknown).Abs().Seconds()/known.Seconds())
	return tw.Flush()
}

// openDoor is the operator's sign-in with one user, and a throttle that never closes it.
func openDoor(ctx context.Context, d *dataset) (*auth.BootstrapSelf, error) {
	platform, err := tenants.OpenPlatform(ctx, d.dsn("bench_platform"), tenants.Options{MaxConns: 4, AuditKey: make([]byte, tenants.AuditKeyBytes)})
	if err != nil {
		return nil, err
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	const open = 1_000_000
	throttle, err := auth.NewThrottle(auth.ThrottleOptions{Platform: platform, Key: secret, User: open, Address: open, Global: open})
	if err != nil {
		return nil, err
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(rand.Text()), bcrypt.DefaultCost)
	if err != nil {
		return nil, err
	}
	users, err := auth.ReadHtpasswd(strings.NewReader("operator:" + string(hash) + "\n"))
	if err != nil {
		return nil, err
	}
	return auth.NewBootstrapSelf(users, auth.BootstrapOptions{
		Staff: map[string]tenants.StaffRole{"operator": tenants.StaffOperator}, Throttle: throttle,
	}), nil
}

func middle(took []time.Duration) time.Duration {
	slices.Sort(took)
	return took[len(took)/2]
}
