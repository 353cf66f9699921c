//go:build e2e

package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/instagram"
)

const (
	crashEvents    = 200
	crashCustomers = 9
	crashAccepted  = 8 // deliveries answered with 200 before each kill
)

// Two hundred customers' messages come in while the process is killed five times: between the answer and the splitter,
// between the splitter and the worker, and wherever it happens to be. The sender repeats what was not answered with 200,
// as Instagram does. In the end every message is there, once.
func TestKilledFiveTimesLosesNothing(t *testing.T) {
	i := install(t)
	account := i.db.InsertAccount(t, defaultUserID, "casalumen")
	sender := newSender(i)
	service := i.serve(t, i.addr, i.self())
	sending := make(chan error, 1)
	go func() { sending <- sender.run(t.Context()) }()

	// A lock on a table holds up whoever needs it next; the answers go on, for they need platform.deliveries alone.
	for round, held := range []string{"", "tenant.ingest_events", "tenant.messages", "", "tenant.event_keys"} {
		release := i.hold(t, held)
		goal := sender.accepted.Load() + crashAccepted
		sender.allowed.Store(goal)
		eventually(t, 30*time.Second, "deliveries are answered with 200", func() bool {
			service.mustRun(t)
			return sender.accepted.Load() >= goal
		})
		service.kill()
		unfinished := i.unfinished(t)
		release()
		if held != "" && unfinished == 0 {
			t.Errorf("kill %d: nothing was between the answer and its end, so it proves nothing", round+1)
		}
		t.Logf("kill %d: %d deliveries answered with 200 so far, %d deliveries and events of them unfinished", round+1, goal, unfinished)
		service = i.serve(t, i.addr, i.self())
	}
	sender.allowed.Store(crashEvents)
	if err := <-sending; err != nil {
		t.Fatal(err)
	}
	t.Logf("%d deliveries accepted; %d requests were not answered with 200 and repeated", sender.accepted.Load(), sender.repeated.Load())
	took := eventually(t, 60*time.Second, "everything accepted is finished", func() bool { return i.unfinished(t) == 0 })
	t.Logf("finished %s after the last answer", took)

	i.checkLedger(t)
	key := parlor(t, i.environ[:2], "key", "create", "--account", account, "--name", "e2e")
	checkEveryMessageOnce(t, i.url, key, sender.mids)
}

// hold locks a table until release is called. Without a table it holds nothing.
func (i *installation) hold(t *testing.T, table string) (release func()) {
	t.Helper()
	if table == "" {
		return func() {}
	}
	conn := i.db.Admin(t)
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "lock table "+table+" in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(t.Context()); err != nil {
			t.Errorf("release %s: %v", table, err)
		}
	}
}

// unfinished counts deliveries that are not split and events that are not settled. Events under a held lock are
// counted by their deliveries or, after a moment of waiting, not at all; a held table is never waited for long.
func (i *installation) unfinished(t *testing.T) (n int) {
	t.Helper()
	conn := i.db.Admin(t)
	defer conn.Close(t.Context())
	err := conn.QueryRow(t.Context(), "select count(*) from platform.deliveries where state = 'received'").Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	var pending int
	_, err = conn.Exec(t.Context(), "set lock_timeout = '100ms'")
	if err == nil {
		err = conn.QueryRow(t.Context(), "select count(*) from tenant.ingest_events where outcome = 'pending'").Scan(&pending)
	}
	if err != nil && n == 0 {
		t.Fatal(err)
	}
	return n + pending
}

// checkLedger is the account's own book-keeping, read by a superuser past all walls.
func (i *installation) checkLedger(t *testing.T) {
	t.Helper()
	conn := i.db.Admin(t)
	rows, err := conn.Query(t.Context(), `select coalesce((select received from tenant.ledgers), 0),
		count(*), count(*) filter (where outcome = 'applied'), count(*) filter (where outcome = 'skipped' and reason = 'duplicate')
		from tenant.ingest_events`)
	if err != nil {
		t.Fatal(err)
	}
	type ledger struct{ Received, Events, Applied, Duplicates int }
	book, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[ledger])
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("ledger: %+v", book)
	if book.Applied != crashEvents || book.Received != book.Events || book.Events != book.Applied+book.Duplicates {
		t.Errorf("ledger = %+v, want %d applied, and received = events = applied + duplicates", book, crashEvents)
	}
	var bodies, unread int
	err = conn.QueryRow(t.Context(), `select (select count(*) from platform.deliveries where body is not null),
		(select sum(inbound_seq) from tenant.conversations)`).Scan(&bodies, &unread)
	if err != nil || bodies != 0 || unread != crashEvents {
		t.Errorf("%d delivery bodies are kept, want 0; the conversations count %d messages, want %d (%v)", bodies, unread, crashEvents, err)
	}
}

// checkEveryMessageOnce reads the inbox as a machine would and compares it with what was sent.
func checkEveryMessageOnce(t *testing.T, url, key string, sent []string) {
	t.Helper()
	var found []string
	for _, conversation := range pages(t, url+"/api/v1/conversations", key) {
		for _, message := range pages(t, url+"/api/v1/conversations/"+conversation.ID+"/messages", key) {
			found = append(found, message.MID)
		}
	}
	slices.Sort(found)
	slices.Sort(sent)
	if !slices.Equal(found, sent) {
		t.Errorf("the inbox holds %d messages (%d different), want the %d that were sent, once each",
			len(found), len(slices.Compact(slices.Clone(found))), len(sent))
	}
}

// sender is Instagram's side of the webhook: it signs bodies of different sizes and repeats each until it is answered
// with 200.
type sender struct {
	address string
	secret  []byte
	mids    []string
	bodies  chan []byte

	allowed  atomic.Int64 // how many deliveries may be accepted for now; the test moves it
	accepted atomic.Int64
	repeated atomic.Int64
}

func newSender(i *installation) *sender {
	s := &sender{address: i.url + "/webhooks/instagram", secret: []byte(i.appSecret), bodies: make(chan []byte, crashEvents)}
	now := time.Now().UnixMilli()
	var batch []any
	for n := range crashEvents {
		mid := fmt.Sprintf("aWdfZAG1faXRlbToxOkl%04d", n)
		s.mids = append(s.mids, mid)
		batch = append(batch, map[string]any{
			"sender":    map[string]any{"id": fmt.Sprintf("78945612300%03d", n%crashCustomers)},
			"recipient": map[string]any{"id": defaultUserID},
			"timestamp": now + int64(n),
			"message":   map[string]any{"mid": mid, "text": fmt.Sprintf("Message %d", n)},
		})
		if size := 1 + len(s.bodies)%4; len(batch) >= size || n == crashEvents-1 { // 1, 2, 3 and 4 events a delivery
			body, _ := json.Marshal(map[string]any{
				"object": "instagram", "entry": []any{map[string]any{"id": defaultUserID, "time": now, "messaging": batch}},
			})
			s.bodies <- body
			batch = nil
		}
	}
	close(s.bodies)
	return s
}

// run delivers everything, four at a time.
func (s *sender) run(ctx context.Context) error {
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for body := range s.bodies {
				s.deliver(ctx, body)
			}
		})
	}
	all.Wait()
	return ctx.Err()
}

// deliver sends one body until it is answered with 200. It waits while enough were accepted for now.
func (s *sender) deliver(ctx context.Context, body []byte) {
	for ctx.Err() == nil {
		if s.accepted.Load() < s.allowed.Load() {
			if s.send(ctx, body) {
				s.accepted.Add(1)
				return
			}
			s.repeated.Add(1)
		}
		time.Sleep(5 * time.Millisecond) // the pace of trying again
	}
}

func (s *sender) send(ctx context.Context, body []byte) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.address, bytes.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Hub-Signature-256", instagram.Sign(s.secret, body))
	response, err := client.Do(req)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}
