package media_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"parlor/conversations/media"
	"parlor/instagram"
	"parlor/migrations/pgtest"
	"parlor/tenants"
)

// rig is the package on a database of its own, with a directory as blob store and a foreign server.
type rig struct {
	t            *testing.T
	database     *pgtest.Database
	admin        *pgx.Conn
	db           *tenants.DB
	platform     *tenants.Platform
	media        *media.Media
	dir          string
	origin       *origin
	acme, globex tenants.AccountID

	mu  sync.Mutex
	now time.Time
	// what Instagram answers to a question for new addresses, and how often it was asked
	fresh []instagram.Attachment
	fault error
	asked []string
}

func newRig(t *testing.T, change func(*media.Options)) *rig {
	t.Helper()
	r := &rig{t: t, database: pgtest.New(t), dir: t.TempDir(), now: noon, origin: newOrigin(t)}
	r.admin = r.database.Admin(t)
	r.acme, r.globex = r.account("17841400000000011", "acme"), r.account("17841400000000022", "globex")
	var err error
	if r.db, err = tenants.Open(t.Context(), r.database.AppDSN, tenants.Options{AuditKey: make([]byte, tenants.AuditKeyBytes)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.db.Close)
	if r.platform, err = tenants.OpenPlatform(t.Context(), r.database.PlatformDSN, tenants.Options{AuditKey: make([]byte, tenants.AuditKeyBytes)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.platform.Close)
	r.media = r.open(change)
	return r
}

// open makes a Media over the rig's database and directory, as the next process would.
func (r *rig) open(change func(*media.Options)) *media.Media {
	r.t.Helper()
	bucket, err := media.OpenBucket(r.t.Context(), "file://"+r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = bucket.Close() })
	o := media.Options{
		DB: r.db, Platform: r.platform, Bucket: bucket, Key: []byte(oneKey), PublicURL: &url.URL{Scheme: "https", Host: "inbox.example"},
		ExtraHosts: []string{r.origin.host}, Refetch: r.refetch, Now: r.clock,
	}
	if change != nil {
		change(&o)
	}
	m, err := media.New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	return m
}

func (r *rig) account(userID, name string) tenants.AccountID {
	r.t.Helper()
	id, err := tenants.ParseAccountID(r.database.InsertAccount(r.t, userID, name))
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

func (r *rig) refetch(_ context.Context, mid string) ([]instagram.Attachment, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, mid)
	return r.fresh, r.fault
}

// as is the context of an account.
func (r *rig) as(account tenants.AccountID) context.Context {
	return tenants.WithAccount(r.t.Context(), account)
}

// attachment writes a message with one attachment.
func (r *rig) attachment(account tenants.AccountID, kind, payload string) uuid.UUID {
	r.t.Helper()
	return r.attachments(account, kind, payload)[0]
}

// attachments writes a message with attachments: kind and payload in turn.
func (r *rig) attachments(account tenants.AccountID, kindsAndPayloads ...string) (ids []uuid.UUID) {
	r.t.Helper()
	participant, conversation, message := uuid.New(), uuid.New(), uuid.New()
	r.database.Exec(r.t, "insert into tenant.participants (account_id, participant_id, igsid) values ($1, $2, $3)", account, participant, participant.String())
	r.database.Exec(r.t, "insert into tenant.conversations (account_id, conversation_id, participant_id, last_message_at) values ($1, $2, $3, now())", account, conversation, participant)
	r.database.Exec(r.t, `insert into tenant.messages (account_id, message_id, conversation_id, mid, direction, kind, state, sent_at)
		values ($1, $2, $3, $4, 'inbound', 'attachment', 'received', now())`, account, message, conversation, "mid."+message.String())
	for i := 0; i < len(kindsAndPayloads); i += 2 {
		id := uuid.New()
		ids = append(ids, id)
		r.database.Exec(r.t, "insert into tenant.attachments (account_id, attachment_id, message_id, position, type, payload) values ($1, $2, $3, $4, $5, $6)",
			account, id, message, i/2, kindsAndPayloads[i], json.RawMessage(kindsAndPayloads[i+1]))
	}
	return ids
}

// at is the payload of a file at the foreign server.
func (r *rig) at(path string) string {
	return fmt.Sprintf(`{"url":%q,"title":"kept as it is"}`, r.origin.url+path)
}

func (r *rig) count(table string) (n int) {
	r.t.Helper()
	r.ask(&n, "select count(*) from tenant."+table)
	return n
}

func (r *rig) ask(dest any, sql string, args ...any) {
	r.t.Helper()
	if err := r.admin.QueryRow(r.t.Context(), sql, args...).Scan(dest); err != nil {
		r.t.Fatal(err)
	}
}

// blobs returns what lies in the store.
func (r *rig) blobs() map[string][]byte {
	r.t.Helper()
	found := map[string][]byte{}
	err := filepath.WalkDir(r.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(r.dir, path)
		found[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return found
}

// read opens a file and reads it to its end.
func (r *rig) read(f media.File, err error) (media.File, []byte, error) {
	r.t.Helper()
	if err != nil {
		return f, nil, err
	}
	data, err := io.ReadAll(f.Body)
	return f, data, errors.Join(err, f.Body.Close())
}

// origin is a foreign server with files, which counts its requests.
type origin struct {
	url, host string
	mu        sync.Mutex
	files     map[string][]byte // nil: 403, as an address that has expired
	requests  []string
	noRanges  bool
	noLengths bool
	down      bool
	hooks     map[string]func()
}

// before runs do when a file is asked for, before the answer.
func (o *origin) before(path string, do func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.hooks = map[string]func(){path: do}
}

func newOrigin(t *testing.T) *origin {
	t.Helper()
	o := &origin{files: map[string][]byte{}}
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	o.url, o.host = server.URL, server.Listener.Addr().String()
	return o
}

func (o *origin) put(path string, data []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.files[path] = data
}

func (o *origin) seen() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.requests)
}

func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	data, noRanges, noLengths, down := o.files[r.URL.Path], o.noRanges, o.noLengths, o.down
	o.requests = append(o.requests, r.URL.Path+" "+r.Header.Get("Range"))
	hook := o.hooks[r.URL.Path]
	o.mu.Unlock()
	if hook != nil {
		hook()
	}
	w.Header().Set("Content-Type", "text/html") // a lie, which nobody may believe
	w.Header().Set("Content-Disposition", "inline")
	switch {
	case down:
		w.WriteHeader(http.StatusServiceUnavailable)
	case data == nil:
		w.WriteHeader(http.StatusForbidden)
	case noLengths:
		w.(http.Flusher).Flush()
		_, _ = w.Write(data)
	case noRanges:
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		_, _ = w.Write(data)
	default:
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}
}

// The beginnings of files, each padded to a size that spans several sealed segments.
func png(size int) []byte  { return padded("\x89PNG\r\n\x1a\n", size) }
func mp4(size int) []byte  { return padded("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00", size) }
func html(size int) []byte { return padded("<!DOCTYPE html><script>alert(1)</script>", size) }

func padded(head string, size int) []byte {
	data := make([]byte, max(size, len(head)))
	for i := range data {
		data[i] = byte(i * 7 / 3)
	}
	copy(data, head)
	return data
}
