package conversations_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"parlor/conversations"
	"parlor/conversations/media"
	"parlor/instagram/simulator"
	"parlor/tenants"
)

// logs collects what is logged by several goroutines.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logs) holds(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(strings.ToLower(l.text.String()), text)
}

// traces returns where a word still stands: every column of every table of both schemas, as text and, for bytes, decoded; and the log.
func (w *town) traces(t *testing.T, word string) (places []string) {
	t.Helper()
	conn := w.db.Admin(t)
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), `select quote_ident(schemaname) || '.' || quote_ident(tablename) from pg_tables
		where schemaname in ('tenant', 'platform') order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	for _, table := range tables {
		var n int
		err := conn.QueryRow(t.Context(), "select count(*) from "+table+` t where t::text ilike '%' || $1 || '%'
			or t::text like '%' || encode(convert_to($1, 'UTF8'), 'hex') || '%'`, word).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			places = append(places, fmt.Sprintf("%d rows of %s", n, table))
		}
	}
	if w.logs.holds(word) {
		places = append(places, "the log")
	}
	return places
}

func (w *town) gone(t *testing.T, what string, words ...string) {
	t.Helper()
	for _, word := range words {
		if places := w.traces(t, word); len(places) > 0 {
			t.Errorf("%s: %q is still in %s", what, word, strings.Join(places, ", "))
		}
	}
}

func (w *town) there(t *testing.T, word string, least int) {
	t.Helper()
	if places := w.traces(t, word); len(places) < least {
		t.Errorf("%q is only in %v: the scan or the seed is broken", word, places)
	}
}

// files counts what lies in the blob store.
func files(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// withMedia gives the town a blob store, and keeps copies of what customers send.
func (w *town) withMedia(t *testing.T, dir, graph string) *media.Media {
	t.Helper()
	bucket, err := media.OpenBucket(t.Context(), "file://"+dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bucket.Close() })
	key := sha256.Sum256([]byte("media"))
	at, err := url.Parse(graph)
	if err != nil {
		t.Fatal(err)
	}
	m, err := media.New(media.Options{
		DB: w.tenants, Platform: w.platform, Bucket: bucket, Key: key[:], PublicURL: at, KeepDays: 7, ExtraHosts: []string{at.Host},
		Logger: slog.New(slog.NewTextHandler(&w.logs, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// says lets a customer do everything that leaves something behind, each with the word in it.
func (w *town) says(t *testing.T, m *media.Media, word string) conversations.Conversation {
	t.Helper()
	who := "amara." + word
	c := w.hears(t, who, "first "+word)
	pictured, _, err := w.sim.Write(w.business, who, "", []simulator.Attachment{{Type: "image", Payload: map[string]any{"url": w.graph + "/_sim/media/" + word + ".png", "title": word}}}, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, act := range []string{
		`{"kind":"postback","business":%[1]q,"customer":%[2]q,"title":"tap %[3]s","payload":"%[3]s"}`,
		`{"kind":"referral","business":%[1]q,"customer":%[2]q,"ref":"%[3]s"}`,
		`{"kind":"react","mid":%[4]q,"emoji":"👍"}`,
	} {
		w.simulated(t, http.MethodPost, "/_sim/acts", strings.NewReplacer("%[1]q", quoted(w.business.UserID), "%[2]q", quoted(who), "%[3]s", word, "%[4]q", quoted(pictured.MID)).Replace(act))
	}
	w.reply(t, c, "reply to "+word)
	w.fault(t, simulator.Fault{Endpoint: "/me/messages", Status: 400, Code: 100})
	w.becomes(t, w.reply(t, c, "refused "+word).ID, conversations.StateFailed, conversations.StateSent)
	upload, err := m.Accept(w.owner(t), "application/pdf", strings.NewReader("%PDF-1.4\n"+word+"\n%%EOF\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.replier.Reply(w.owner(t), c.ID, conversations.Draft{ClientID: uuid.New(), UploadID: upload.ID}); err != nil {
		t.Fatal(err)
	}
	igsid := igsidOf(t, w, c)
	// Items that cannot be read, edits without a message, and a delivery that is no JSON.
	odd := body(w.business.UserID, item{"sender": item{"id": igsid}, "recipient": item{"id": w.business.UserID}, "timestamp": time.Now().UnixMilli(), "message_edit": item{"mid": "unknown." + word[6:], "text": word, "num_edit": 1}},
		item{"sender": item{"id": igsid}, "recipient": item{"id": w.business.UserID}, "message": item{"mid": 7, "text": word}})
	for _, text := range []string{odd, `{"object":"instagram","entry":[{"id":"` + w.business.UserID + `","messaging":[{"sender":{"id":"` + igsid + `"},"message":"` + word} {
		if err := w.ingest.Accept(t.Context(), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "everything of "+word+" is settled", func() bool {
		var open int
		w.ask(t, &open, `select (select count(*) from platform.deliveries where state = 'received') + (select count(*) from tenant.ingest_events where outcome = 'pending')
			+ (select count(*) from tenant.outbox where state in ('queued', 'sending', 'settling')) + (select count(*) from tenant.participants where profile_fetched_at is null)`)
		return open == 0
	})
	for _, in := range w.thread(t, w.account, c.ID) {
		for _, a := range in.Attachments {
			if a.Type == "image" {
				if err := m.Keep(w.owner(t), a.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return c
}

func quoted(s string) string { return `"` + s + `"` }

// What was taken back, a customer who was erased, and an account that was deleted leave no trace: in no table, no raw body, no log, no file.
func TestErasedLeavesNoTrace(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	dir := t.TempDir()
	m := w.withMedia(t, dir, w.graph)
	w.begin(t)
	key := sha256.Sum256([]byte("erasing"))
	eraser, err := conversations.NewEraser(conversations.EraserOptions{
		DB: w.tenants, Platform: w.platform, Accounts: tenants.NewAccounts(w.platform), Key: key[:],
		Disconnect: w.connections.Disconnect, RemoveFiles: m.RemoveAll, Logger: slog.New(slog.NewTextHandler(&w.logs, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.erased = eraser.ErasedAt
	alpha, bravo := w.says(t, m, "canaryalpha"), w.says(t, m, "canarybravo")
	w.there(t, "canaryalpha", 6)
	w.there(t, "canarybravo", 6)

	// Taken back.
	c := w.hears(t, "amara.canarybravo", "canaryunsent")
	mid := *w.thread(t, w.account, c.ID)[0].MID
	w.there(t, "canaryunsent", 2)
	w.simulated(t, http.MethodPost, "/_sim/acts", `{"kind":"unsend","mid":`+quoted(mid)+`}`)
	eventually(t, "it is taken back", func() bool { return w.thread(t, w.account, c.ID)[0].Kind == conversations.KindUnsent })
	eventually(t, "the ledger is settled", func() bool { return w.ledger(t, w.account).Pending == 0 })
	w.gone(t, "taken back", "canaryunsent")

	// A customer.
	igsid := igsidOf(t, w, alpha)
	receipt, err := eraser.Participant(w.owner(t), alpha.Participant.ID)
	if err != nil || receipt.Removed["tenant.messages"] < 5 || receipt.Removed["tenant.participants"] != 1 {
		t.Fatalf("receipt = %+v, %v", receipt, err)
	}
	if _, err := m.Purge(w.owner(t)); err != nil {
		t.Fatal(err)
	}
	w.gone(t, "erased", "canaryalpha", igsid)
	w.there(t, "canarybravo", 6)
	if n := files(t, dir); n == 0 {
		t.Error("the other customer's files are gone as well")
	}
	w.begins(t, false)
	w.imported(t)
	w.gone(t, "erased, then imported", "canaryalpha", igsid)
	w.hears(t, "amara.canaryalpha", "I am back")
	if _, err := eraser.Participant(w.owner(t), alpha.Participant.ID); err == nil {
		t.Error("the old participant is still there")
	}

	// The account.
	w.ledger(t, w.account)
	igsids := []string{igsidOf(t, w, bravo), igsid}
	d, err := eraser.Account(w.owner(t))
	if err != nil || d.State != conversations.DeletionDone || d.Removed["platform.accounts"] != 1 || d.Removed["tenant.messages"] == 0 {
		t.Fatalf("deletion = %+v, %v", d, err)
	}
	w.gone(t, "deleted", append(igsids, "canary", w.business.Username, w.business.UserID, w.business.AppScopedID)...)
	if n := files(t, dir); n != 0 {
		t.Errorf("%d files are left", n)
	}
	if n := len(w.traces(t, w.account.String())); n == 0 {
		t.Error("no tombstone is left")
	}
}

// The scan finds what is planted, in every type of column that holds text.
func TestTheScanFindsWhatIsPlanted(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.db.Exec(t, `create table tenant.planted (a text, b bytea, c jsonb, d text[])`)
	for column, value := range map[string]string{"a": "'canaryplanted'", "b": "convert_to('xcanaryplantedx', 'UTF8')", "c": `'{"k":["canaryplanted"]}'`, "d": "array['canaryplanted']"} {
		w.db.Exec(t, "delete from tenant.planted")
		w.db.Exec(t, "insert into tenant.planted ("+column+") values ("+value+")")
		if places := w.traces(t, "canaryplanted"); len(places) != 1 {
			t.Errorf("column %s: %v", column, places)
		}
	}
}
