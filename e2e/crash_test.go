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
	bigBatch       = 101 // of them in one delivery: too many for the splitter, so they become a job
	crashCustomers = 9
	crashAccepted  = 4 // deliveries answered with 200 before each kill
	senderPace     = 5 * time.Millisecond
)

// kills says where the process is when it is killed. What is held up there is a table that it needs next; answering goes
// on, for that needs platform.deliveries alone.
var kills = []struct {
	where, held string
	big         bool   // with a delivery that is left to a job
	reached     string // counts what has come as far as that
}{
	{where: "anywhere"},
	{where: "after the answer", held: "tenant.ingest_events", reached: "select count(*) from platform.deliveries where state = 'received'"},
	{where: "after the split", held: "tenant.messages", reached: "select count(*) from tenant.ingest_events where outcome = 'pending'"},
	{where: "in a job", held: "tenant.messages", big: true, reached: "select count(*) from platform.river_job where state = 'running'"},
	{where: "anywhere, again"},
}

// Two hundred messages of customers come in while the process is killed five times. The sender repeats what was not
// answered with 200, as Instagram does. In the end every message is there, once.
func TestKilledFiveTimesLosesNothing(t *testing.T) {
	t.Parallel()
	i := install(t)
	account := i.db.InsertAccount(t, defaultUserID, "casalumen")
	sender := newSender(i)
	service := i.serve(t, i.addr, i.self())
	sending := make(chan error, 1)
	go func() { sending <- sender.run(t.Context()) }()

	for _, kill := range kills {
		if kill.held != "" {
			eventually(t, time.Minute, "what came before is finished", func() bool { return i.unfinished(t) == 0 })
		}
		release := i.hold(t, kill.held)
		if kill.big {
			sender.deliver(t.Context(), sender.big)
		}
		goal := sender.accepted.Load() + crashAccepted
		sender.allowed.Store(goal)
		eventually(t, 30*time.Second, "deliveries are answered with 200", func() bool {
			service.mustRun(t)
			return sender.accepted.Load() >= goal
		})
		if kill.held != "" {
			eventually(t, 10*time.Second, "something is "+kill.where, func() bool { return i.count(t, kill.reached) > 0 })
		}
		service.kill()
		t.Logf("killed %s: %d deliveries answered with 200, %d deliveries and events unfinished", kill.where, sender.accepted.Load(), i.unfinished(t))
		release()
		service = i.serve(t, i.addr, i.self())
	}
	sender.allowed.Store(crashEvents)
	if err := <-sending; err != nil {
		t.Fatal(err)
	}
	t.Logf("%d deliveries accepted; %d requests were not answered with 200 and repeated", sender.accepted.Load(), sender.repeated.Load())
	took := eventually(t, 2*time.Minute, "everything accepted is finished", func() bool { return i.unfinished(t) == 0 })
	t.Logf("finished %s after the last answer", took)

	i.checkLedger(t)
	key := parlor(t, i.environ, "key", "create", "--account", account, "--name", "e2e")
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

// unfinished counts deliveries that are not split and events that are not settled. Where the events are held, a delivery
// that is not split stands for its own.
func (i *installation) unfinished(t *testing.T) int {
	t.Helper()
	if n := i.count(t, "select count(*) from platform.deliveries where state = 'received'"); n > 0 {
		return n
	}
	return i.count(t, "select count(*) from tenant.ingest_events where outcome = 'pending'")
}

// count asks the database as its superuser, past all walls.
func (i *installation) count(t *testing.T, query string) (n int) {
	t.Helper()
	if err := i.admin(t).QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// checkLedger looks at the account's own book-keeping.
func (i *installation) checkLedger(t *testing.T) {
	t.Helper()
	conn := i.admin(t)
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
	big     []byte      // of bigBatch events
	bodies  chan []byte // of 1 to 4 events each; all the others

	allowed  atomic.Int64 // how many of bodies may be accepted for now; the test moves it
	accepted atomic.Int64
	repeated atomic.Int64
}

func newSender(i *installation) *sender {
	s := &sender{address: i.url + "/webhooks/instagram", secret: []byte(i.appSecret), bodies: make(chan []byte, crashEvents)}
	s.big = s.batch(bigBatch)
	for size := 0; len(s.mids) < crashEvents; size++ {
		s.bodies <- s.batch(min(1+size%4, crashEvents-len(s.mids)))
	}
	close(s.bodies)
	return s
}

// batch makes one body of new messages.
func (s *sender) batch(size int) []byte {
	now := time.Now().UnixMilli()
	items := make([]any, size)
	for n := range items {
		no := len(s.mids)
		s.mids = append(s.mids, fmt.Sprintf("aWdfZAG1faXRlbToxOkl%04d", no))
		items[n] = map[string]any{
			"sender":    map[string]any{"id": fmt.Sprintf("78945612300%03d", no%crashCustomers)},
			"recipient": map[string]any{"id": defaultUserID},
			"timestamp": now + int64(no),
			"message":   map[string]any{"mid": s.mids[no], "text": fmt.Sprintf("Message %d", no)},
		}
	}
	body, err := json.Marshal(map[string]any{
		"object": "instagram", "entry": []any{map[string]any{"id": defaultUserID, "time": now, "messaging": items}},
	})
	if err != nil {
		panic(err) // strings and numbers alone
	}
	return body
}

// run delivers all bodies but the big one, four at a time and no more than are allowed.
func (s *sender) run(ctx context.Context) error {
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for body := range s.bodies {
				for s.accepted.Load() >= s.allowed.Load() && ctx.Err() == nil {
					time.Sleep(senderPace)
				}
				s.deliver(ctx, body)
				s.accepted.Add(1)
			}
		})
	}
	all.Wait()
	return ctx.Err()
}

// deliver sends one body until it is answered with 200.
func (s *sender) deliver(ctx context.Context, body []byte) {
	for !s.send(ctx, body) && ctx.Err() == nil {
		s.repeated.Add(1)
		time.Sleep(senderPace)
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
