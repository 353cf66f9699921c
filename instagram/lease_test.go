package instagram_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parlor/instagram"
	"parlor/tenants"
)

// second is another instance of the service on the same database.
func (h house) second(t *testing.T, gap time.Duration) *instagram.Connections {
	t.Helper()
	db, err := tenants.Open(t.Context(), h.db.AppDSN, tenants.Options{AuditKey: make([]byte, tenants.AuditKeyBytes)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	platform, err := tenants.OpenPlatform(t.Context(), h.db.PlatformDSN, tenants.Options{AuditKey: make([]byte, tenants.AuditKeyBytes)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(platform.Close)
	o := h.options
	o.DB, o.Platform, o.CallGap = db, platform, gap
	return instagram.NewConnections(o)
}

// arrivals notes when calls reach Instagram, and how many are there at once.
type arrivals struct {
	mu      sync.Mutex
	at      []time.Time
	inside  atomic.Int64
	overlap atomic.Bool
}

func (a *arrivals) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.inside.Add(1) > 1 {
			a.overlap.Store(true)
		}
		defer a.inside.Add(-1)
		a.mu.Lock()
		a.at = append(a.at, time.Now())
		a.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

// TestTwoInstancesTakeTurns: two instances on one database together keep to one call at a time, and to the gap between
// the arrivals of two.
func TestTwoInstancesTakeTurns(t *testing.T) {
	t.Parallel()
	const gap, rounds = 80 * time.Millisecond, 6
	seen := &arrivals{}
	h := newHouseBehind(t, seen.around)
	inside, _, _ := h.connected(t)
	seen.at = nil
	seen.overlap.Store(false)
	var all sync.WaitGroup
	for _, instance := range []*instagram.Connections{h.second(t, gap), h.second(t, gap)} {
		for range 2 {
			all.Go(func() {
				for range rounds {
					err := instance.Call(inside, func(ctx context.Context, token instagram.Secret) error {
						_, err := h.client.Me(ctx, token)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	all.Wait()
	if seen.overlap.Load() {
		t.Error("two calls at once")
	}
	if len(seen.at) != 4*rounds {
		t.Fatalf("%d calls arrived, want %d", len(seen.at), 4*rounds)
	}
	// What the network adds to one arrival and not to the next is not ours: a tenth of the gap.
	for i := 1; i < len(seen.at); i++ {
		if d := seen.at[i].Sub(seen.at[i-1]); d < gap*9/10 {
			t.Errorf("call %d came %s after the one before", i, d)
		}
	}
	if took := seen.at[len(seen.at)-1].Sub(seen.at[0]); took < (4*rounds-1)*gap*98/100 {
		t.Errorf("%d calls within %s", len(seen.at), took)
	}
}

// TestLeaseOfTheDead: what a process that died has left behind is taken over when its time is over, not before.
func TestLeaseOfTheDead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	inside, id, _ := h.connected(t)
	h.db.Exec(t, `update platform.graph_leases set holder = gen_random_uuid(), held_until = clock_timestamp() + interval '1.5 seconds'
		where account_id = $1`, id)
	short, cancel := context.WithTimeout(inside, 200*time.Millisecond)
	defer cancel()
	none := func(context.Context, instagram.Secret) error { t.Error("called out of turn"); return nil }
	if err := h.Call(short, none); !errors.Is(err, instagram.ErrNoTurn) || instagram.FaultOf(err) != instagram.FaultTransient {
		t.Errorf("while it is held: %v", err)
	}
	var over string
	err := h.Call(inside, func(context.Context, instagram.Secret) error {
		over = h.text(t, `select (held_until > clock_timestamp() + interval '15 seconds')::text from platform.graph_leases where account_id = $1`, id)
		return nil
	})
	if err != nil || over != "true" {
		t.Errorf("taken over: %q, %v", over, err)
	}
	if left := h.text(t, `select (holder is null)::text from platform.graph_leases where account_id = $1`, id); left != "true" {
		t.Error("the lease was not handed back")
	}
}

// TestLeaseIsHandedBack whatever becomes of the call.
func TestLeaseIsHandedBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	inside, id, _ := h.connected(t)
	gone, cancel := context.WithCancel(inside)
	wrong := errors.New("ours")
	if err := h.Call(gone, func(context.Context, instagram.Secret) error { cancel(); return wrong }); !errors.Is(err, wrong) {
		t.Errorf("what it returned: %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = h.Call(inside, func(context.Context, instagram.Secret) error { panic("ours") })
	}()
	if n := h.text(t, `select count(*)::text from platform.graph_leases where account_id = $1 and holder is not null`, id); n != "0" {
		t.Error("the lease was kept")
	}
}

// TestToldToRest: nobody calls while Instagram has said to stop, by an error or by the percentages of its headers.
func TestToldToRest(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer   http.HandlerFunc
		min, max time.Duration
	}{
		"Retry-After": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"error":{"code":4}}`)
		}, 119 * time.Second, 137 * time.Second},
		"no time given": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":{"code":613,"error_subcode":1996}}`)
		}, 3 * time.Second, 5 * time.Second},
		"minutes in a header": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Business-Use-Case-Usage",
				`{"17841":[{"type":"messenger","call_count":4,"total_time":101,"estimated_time_to_regain_access":7}]}`)
			_, _ = io.WriteString(w, `{"id":"1","user_id":"2"}`)
		}, 419 * time.Second, 421 * time.Second},
		"nearly used up": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-App-Usage", `{"call_count":96,"total_time":1,"total_cputime":1}`)
			_, _ = io.WriteString(w, `{"id":"1","user_id":"2"}`)
		}, 14 * time.Second, 16 * time.Second},
		"all well": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-App-Usage", `{"call_count":12}`)
			_, _ = io.WriteString(w, `{"id":"1","user_id":"2"}`)
		}, -time.Minute, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var odd atomic.Bool
			h := newHouseBehind(t, func(sim http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if odd.Load() {
						tc.answer(w, r)
						return
					}
					sim.ServeHTTP(w, r)
				})
			})
			inside, id, _ := h.connected(t)
			odd.Store(true)
			_ = h.Call(inside, func(ctx context.Context, token instagram.Secret) error {
				_, err := h.client.Me(ctx, token)
				return err
			})
			var rest float64
			err := h.admin.QueryRow(t.Context(), `select extract(epoch from free_at - clock_timestamp())::float8
				from platform.graph_leases where account_id = $1`, id).Scan(&rest)
			if d := time.Duration(rest * float64(time.Second)); err != nil || d < tc.min || d > tc.max {
				t.Errorf("rests for %s, %v; want %s to %s", d, err, tc.min, tc.max)
			}
		})
	}
}

// TestWhoMayCall by the account's status.
func TestWhoMayCall(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	inside, id, _ := h.connected(t)
	calls := 0
	do := func(context.Context, instagram.Secret) error { calls++; return nil }
	for status, may := range map[string]bool{
		"active": true, "connecting": true, "needs_reconnect": false, "disconnected": false, "suspended": false,
	} {
		h.db.Exec(t, `update platform.accounts set status = $2 where account_id = $1`, id, status)
		for kind, call := range map[string]func(context.Context, func(context.Context, instagram.Secret) error) error{"call": h.Call, "send": h.Send} {
			calls = 0
			err := call(inside, do)
			if may != (err == nil) || may != (calls == 1) || !may && !errors.Is(err, instagram.ErrNotConnected) {
				t.Errorf("%s, %s: %v, %d calls", status, kind, err, calls)
			}
		}
	}
	h.db.Exec(t, `update platform.accounts set status = 'active' where account_id = $1`, id)
	h.db.Exec(t, `delete from tenant.connections where account_id = $1`, id)
	for want, ctx := range map[error]context.Context{
		instagram.ErrNoConnection: inside, tenants.ErrNoAccount: t.Context(),
		tenants.ErrNotFound: tenants.WithAccount(t.Context(), tenants.NewAccountID()),
	} {
		for _, call := range []func(context.Context, func(context.Context, instagram.Secret) error) error{h.Call, h.Send} {
			if err := call(ctx, do); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		}
	}
}

// TestSendsDoNotWait: Instagram counts them by themselves.
func TestSendsDoNotWait(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	inside, id, g := h.connected(t)
	h.db.Exec(t, `update platform.graph_leases set free_at = now() + interval '1 hour', holder = gen_random_uuid(),
		held_until = now() + interval '1 hour' where account_id = $1`, id)
	var given instagram.Secret
	err := h.Send(inside, func(_ context.Context, token instagram.Secret) error { given = token; return nil })
	if err != nil || given != g.Token.Value {
		t.Errorf("sent with the stored token: %v, %v", given == g.Token.Value, err)
	}
}

// TestLostConnection: the token that Instagram refuses is marked, by a call and by a send, once, with the cause.
func TestLostConnection(t *testing.T) {
	t.Parallel()
	for subcode, reason := range map[int]string{
		458: instagram.LostRemoved, 459: instagram.LostCheckpoint, 460: instagram.LostPassword,
		463: instagram.LostExpired, 0: instagram.LostToken, 492: instagram.LostToken,
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			inside, id, _ := h.connected(t)
			dead := &instagram.APIError{Code: 190, Subcode: subcode}
			refused := func(context.Context, instagram.Secret) error { return dead }
			if err := h.Send(inside, refused); !errors.Is(err, dead) {
				t.Errorf("send: %v", err)
			}
			if got, want := h.status(t, id), "needs_reconnect "+reason; got != want {
				t.Errorf("status %q, want %q", got, want)
			}
			if err := h.Call(inside, refused); !errors.Is(err, instagram.ErrNotConnected) {
				t.Errorf("afterwards: %v", err)
			}
			if n := h.text(t, `select count(*)::text from platform.auth_events where account_id = $1`, id); n != "2" { // active, and lost
				t.Errorf("instances were told %s times", n)
			}
			if n := h.text(t, `select count(*)::text from tenant.audit where action = 'connection.lost' and detail->>'reason' = $1`, reason); n != "1" {
				t.Errorf("audited %s times", n)
			}
			// A new token by the owner's hand clears it.
			if err := h.Connect(t.Context(), id, h.grant(t, casa, h.options.Now().Add(time.Second))); err != nil || h.status(t, id) != "active " {
				t.Errorf("reconnected: %v, %q", err, h.status(t, id))
			}
			if h.told.first.Load() != 1 || h.told.again.Load() != 1 {
				t.Errorf("told of %d first and %d later connections", h.told.first.Load(), h.told.again.Load())
			}
		})
	}
}

// TestLateRefusal: what Instagram says of an older token does not touch the newer one.
func TestLateRefusal(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	inside, id, g := h.connected(t)
	dead := &instagram.APIError{Code: 190}
	late := func(context.Context, instagram.Secret) error {
		if err := h.Connect(t.Context(), id, h.grant(t, casa, g.Token.IssuedAt.Add(time.Second))); err != nil {
			t.Error(err)
		}
		return dead
	}
	if err := h.Send(inside, late); !errors.Is(err, dead) || h.status(t, id) != "active " {
		t.Errorf("a late refusal: %v, %q", err, h.status(t, id))
	}
	// Many refusals of an old token and a reconnect, all at once.
	newest := h.grant(t, casa, g.Token.IssuedAt.Add(2*time.Second))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { _ = h.Send(inside, func(context.Context, instagram.Secret) error { return dead }) })
	}
	all.Go(func() {
		if err := h.Connect(t.Context(), id, newest); err != nil {
			t.Error(err)
		}
	})
	all.Wait()
	token, err := h.Token(inside)
	if err != nil || token != newest.Token.Value {
		t.Errorf("the newest token does not stand: %v", err)
	}
	if status := h.status(t, id); !slices.Contains([]string{"active ", "needs_reconnect token_invalid"}, status) {
		t.Errorf("status %q", status)
	}
	// Marked lost only if somebody called with the newest one.
	if err := h.Connect(t.Context(), id, h.grant(t, casa, g.Token.IssuedAt.Add(3*time.Second))); err != nil || h.status(t, id) != "active " {
		t.Errorf("in the end: %v, %q", err, h.status(t, id))
	}
}
