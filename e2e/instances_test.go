//go:build e2e

package e2e_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"
)

// revocationBound is how long an instance may take a session that ended on another.
const revocationBound = 2 * time.Second

// A session that ends on one instance is refused by the other within two seconds, and a stream of events that is open
// there closes; also when the connections on which the instances listen were cut the moment before.
func TestTwoInstancesOneSignOut(t *testing.T) {
	i := install(t)
	i.db.InsertAccount(t, defaultUserID, "casalumen")
	other := freeAddr(t)
	i.serve(t, i.addr, i.self())
	i.serve(t, other, i.self())

	for name, cut := range map[string]bool{"undisturbed": false, "listening connections cut": true} {
		t.Run(name, func(t *testing.T) {
			var slowest, slowestStream time.Duration
			for range 5 {
				token := i.signIn(t, i.addr).Token
				if got := call(t, i.at(t, other, http.MethodGet, "/api/v1/ui/conversations", token)); got.Status != http.StatusOK {
					t.Fatalf("the other instance answers %d to a good token", got.Status)
				}
				closed := i.stream(t, other, token)
				if cut {
					i.cutListeners(t)
				}
				signedOut := time.Now()
				mustCall(t, i.at(t, i.addr, http.MethodDelete, "/api/v1/ui/session", token))

				refused := eventually(t, revocationBound, "the other instance refuses the session", func() bool {
					got := call(t, i.at(t, other, http.MethodGet, "/api/v1/ui/conversations", token))
					return got.Status == http.StatusUnauthorized && got.Code == "invalid_token"
				})
				select {
				case last := <-closed:
					if last != "auth_expired" {
						t.Errorf("the stream's last event is %q, want auth_expired", last)
					}
				case <-time.After(time.Until(signedOut.Add(revocationBound))):
					t.Fatal("the stream on the other instance is still open")
				}
				slowest, slowestStream = max(slowest, refused), max(slowestStream, time.Since(signedOut))
			}
			t.Logf("slowest of 5: refused after %s, stream closed after %s", slowest, slowestStream)
		})
	}
}

// stream opens the events of a session and returns a channel that gets the name of the last event when it closes.
func (i *installation) stream(t *testing.T, addr, token string) <-chan string {
	t.Helper()
	response, err := (&http.Client{}).Do(i.at(t, addr, http.MethodGet, "/api/v1/ui/events", token))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	lines := bufio.NewScanner(response.Body)
	next := func() (event string, open bool) {
		for lines.Scan() {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				return name, true
			}
		}
		return "", false
	}
	if first, _ := next(); first != "hello" {
		t.Fatalf("the stream answers %d and begins with %q, want hello", response.StatusCode, first)
	}
	closed := make(chan string, 1)
	go func() {
		last := "hello"
		for name, open := next(); open; name, open = next() {
			last = name
		}
		closed <- last
	}()
	return closed
}

// cutListeners ends every backend of the database that is listening.
func (i *installation) cutListeners(t *testing.T) {
	t.Helper()
	// A listening backend is idle after LISTEN or after its own heartbeat; nothing else leaves these behind.
	cut := i.count(t, `select count(*) filter (where pg_terminate_backend(pid)) from pg_stat_activity
		where datname = current_database() and pid <> pg_backend_pid() and state = 'idle'
		and (query ilike 'listen %' or query ilike 'select pg_notify($1, '''')%')`)
	if cut < 2 { // one of each instance, at least
		t.Fatalf("%d listening connections were found to cut, want one of each instance at least", cut)
	}
}
