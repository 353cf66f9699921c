package conversations_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"parlor/conversations"
	"parlor/instagram"
	"parlor/instagram/simulator"
	"parlor/migrations/pgtest"
	"parlor/tenants"
)

// town is an account that is connected to a simulated Instagram, with everything that works in the background.
type town struct {
	*rig
	sim               *simulator.Simulator
	business          simulator.Business
	account           tenants.AccountID
	client            *instagram.Client
	connections       *instagram.Connections
	connectionOptions instagram.ConnectionOptions
	replier           *conversations.Replier
	gestures          *conversations.Gestures
	workers           *river.Workers
	importer          *conversations.Importer
	ahead             time.Duration // of our clock
	graph             string        // address of the simulator
	logs              logs
	erased            func(*tenants.Tx, string) (*time.Time, error) // may be set later
	accepted          func(body []byte)                             // asked before a webhook is answered; nil: nobody
}

const townSecret = "3f0a9d7c51e84b26a90c1d7be6f25418"

// newTown connects the account. Nothing is at work before begin.
func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{rig: &rig{db: pgtest.New(t)}}
	w.start(t)
	now := func() time.Time { return time.Now().Add(w.ahead) }
	log := slog.New(slog.NewTextHandler(&w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	erased := func(tx *tenants.Tx, igsid string) (*time.Time, error) {
		if w.erased == nil {
			return nil, nil
		}
		return w.erased(tx, igsid)
	}
	w.applier = conversations.NewApplier(w.tenants, log, now).WithErased(erased)
	w.store = conversations.NewStore(w.tenants, now)
	accounts := tenants.NewAccounts(w.platform)
	w.ingest = conversations.NewIngest(conversations.IngestOptions{DB: w.tenants, Platform: w.platform, Accounts: accounts, Erased: erased, Logger: log, Now: now})

	callback := httptest.NewServer(http.HandlerFunc(w.receive))
	t.Cleanup(callback.Close)
	sim, err := simulator.New(simulator.Options{
		AppSecret: townSecret, CallbackURL: callback.URL, Conversations: -1, RetryDelays: []time.Duration{0, 50 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	graph := httptest.NewServer(sim)
	t.Cleanup(graph.Close)
	w.sim, w.business, w.graph = sim, sim.Businesses()[0], graph.URL
	w.client, err = instagram.NewClient(instagram.ClientOptions{
		GraphURL: graph.URL, APIURL: graph.URL, AppID: simulator.DefaultAppID, AppSecret: townSecret, Timeout: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	key := sha256.Sum256([]byte("town"))
	sealer, err := instagram.NewSealer(key[:])
	if err != nil {
		t.Fatal(err)
	}
	w.connectionOptions = instagram.ConnectionOptions{
		DB: w.tenants, Platform: w.platform, Client: w.client, Sealer: sealer, CallGap: 5 * time.Millisecond, Logger: log,
	}
	w.connections = instagram.NewConnections(w.connectionOptions)
	w.account = w.rig.account(t, w.business.UserID, w.business.Username)
	w.connect(t)
	w.importer = conversations.NewImporter(conversations.ImporterOptions{DB: w.tenants, Accounts: accounts, Now: now, Erased: erased})
	w.replier = conversations.NewReplier(conversations.ReplierOptions{DB: w.tenants, Accounts: accounts, Now: now})
	w.gestures = conversations.NewGestures(w.tenants, w.connections, w.client, now)
	return w
}

func (w *town) connect(t *testing.T) {
	t.Helper()
	token, err := w.sim.DashboardToken(w.business.UserID)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := w.client.Me(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	grant := instagram.Grant{Token: instagram.Token{Value: token, IssuedAt: time.Now(), ExpiresAt: time.Now().Add(60 * 24 * time.Hour)}, Profile: profile}
	if err := w.connections.Connect(t.Context(), w.account, grant); err != nil {
		t.Fatal(err)
	}
}

// receive is the webhook's end, as far as this package goes: verified, then accepted.
func (w *town) receive(out http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil && r.Method == http.MethodPost {
		err = instagram.VerifySignature([][]byte{[]byte(townSecret)}, body, r.Header.Get("X-Hub-Signature-256"))
	}
	if err == nil && r.Method == http.MethodPost {
		err = w.ingest.Accept(r.Context(), body)
	}
	if w.accepted != nil {
		w.accepted(body)
	}
	if err != nil {
		out.WriteHeader(http.StatusInternalServerError)
	}
}

// begin starts webhooks, splitters and job workers; they end with the test.
func (w *town) begin(t *testing.T) {
	t.Helper()
	w.background(t, w.sim.Run)
	w.background(t, w.ingest.Run)
	w.workers = river.NewWorkers()
	sender := conversations.NewReplySender(conversations.SenderOptions{
		DB: w.tenants, Gate: w.connections, Client: w.client, Importer: w.importer, Now: func() time.Time { return time.Now().Add(w.ahead) },
		Logger:    slog.New(slog.NewTextHandler(&w.logs, nil)),
		UploadURL: func(_ tenants.AccountID, id uuid.UUID) string { return w.graph + "/_sim/media/" + id.String() + ".pdf" },
		Looks:     []time.Duration{200 * time.Millisecond, 300 * time.Millisecond},
	})
	backfiller := conversations.NewBackfiller(conversations.BackfillerOptions{DB: w.tenants, Gate: w.connections, Client: w.client, Importer: w.importer})
	profiler := conversations.NewProfiler(w.tenants, w.connections, w.client, nil, nil)
	for _, r := range []interface{ Register(*river.Workers) error }{w.applier, sender, backfiller, profiler, conversations.PutAside{Platform: w.platform}} {
		if err := r.Register(w.workers); err != nil {
			t.Fatal(err)
		}
	}
	jobs, err := w.platform.Jobs(&river.Config{
		Workers: w.workers, TestOnly: true, FetchCooldown: 5 * time.Millisecond, FetchPollInterval: 20 * time.Millisecond,
		Queues: map[string]river.QueueConfig{
			river.QueueDefault: {MaxWorkers: 2}, conversations.SendsQueue: {MaxWorkers: 4},
			conversations.ImportsQueue: {MaxWorkers: 2}, conversations.ProfilesQueue: {MaxWorkers: 1},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.background(t, func(ctx context.Context) error {
		if err := jobs.Start(context.WithoutCancel(ctx)); err != nil {
			return err
		}
		<-ctx.Done()
		return jobs.StopAndCancel(context.WithoutCancel(ctx))
	})
}

func (w *town) background(t *testing.T, run func(context.Context) error) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
}

// owner is the context of the account's owner.
func (w *town) owner(t *testing.T) context.Context {
	return w.as(t, w.account, tenants.NewUserID())
}

// hears lets a customer write and returns the conversation once it is there.
func (w *town) hears(t *testing.T, customer, text string) conversations.Conversation {
	t.Helper()
	m, _, err := w.sim.Write(w.business, customer, text, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	var found conversations.Conversation
	eventually(t, "the message of "+customer+" is there", func() bool {
		for _, c := range w.inbox(t, w.account) {
			for _, in := range w.thread(t, w.account, c.ID) {
				if in.MID != nil && *in.MID == m.MID {
					found = c
					return true
				}
			}
		}
		return false
	})
	return found
}

func (w *town) reply(t *testing.T, c conversations.Conversation, text string) conversations.Message {
	t.Helper()
	m, created, err := w.replier.Reply(w.owner(t), c.ID, conversations.Draft{ClientID: uuid.New(), Text: text})
	if err != nil || !created {
		t.Fatalf("reply %q: created %v, %v", text, created, err)
	}
	return m
}

// becomes waits until a message is in one of the states, and returns it.
func (w *town) becomes(t *testing.T, id conversations.MessageID, states ...conversations.MessageState) (m conversations.Message) {
	t.Helper()
	eventually(t, fmt.Sprintf("the reply is %v", states), func() bool {
		var err error
		if m, err = w.store.Message(w.owner(t), id); err != nil {
			t.Fatal(err)
		}
		return slices.Contains(states, m.State) && !m.Checking
	})
	return m
}

// arrived are the texts that customers have from the account by the API, oldest first.
func (w *town) arrived(t *testing.T) (texts []string) {
	t.Helper()
	for _, m := range w.sim.Sent(w.business.UserID) {
		texts = append(texts, m.Text)
	}
	return texts
}

// shows are the texts of the account in a thread, oldest first.
func (w *town) shows(t *testing.T, c conversations.Conversation) (texts []string) {
	t.Helper()
	for _, m := range slices.Backward(w.thread(t, w.account, c.ID)) {
		if m.Direction == conversations.Outbound && m.Text != nil {
			texts = append(texts, *m.Text)
		}
	}
	return texts
}

// simulated asks the simulator's control API and returns the answer.
func (w *town) simulated(t *testing.T, method, path, body string) string {
	t.Helper()
	out := httptest.NewRecorder()
	w.sim.ServeHTTP(out, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body)))
	if out.Code/100 != 2 {
		t.Fatalf("%s %s = %d %s", method, path, out.Code, out.Body)
	}
	return out.Body.String()
}

// igsidOf asks who the customer of a conversation is.
func igsidOf(t *testing.T, w *town, c conversations.Conversation) (igsid string) {
	t.Helper()
	w.ask(t, &igsid, "select igsid from tenant.participants where participant_id = $1", c.Participant.ID)
	return igsid
}

// takenBackAt is an unsend by a customer of any account.
func takenBackAt(entryID, igsid, mid string, at time.Time) item {
	i := takenBack(igsid, mid, at)
	i["recipient"] = item{"id": entryID}
	return i
}
