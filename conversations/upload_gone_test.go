package conversations_test

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"parlor/conversations"
	"parlor/conversations/media"
	"parlor/instagram/simulator"
	"parlor/tenants"
)

func (w *town) uploads(t *testing.T) media.Upload {
	t.Helper()
	upload, err := w.withMedia(t, t.TempDir(), w.graph).Accept(w.owner(t), "application/pdf", strings.NewReader("%PDF-1.4\n\n%%EOF\n"))
	if err != nil {
		t.Fatal(err)
	}
	return upload
}

func (w *town) replyFile(t *testing.T, c conversations.Conversation, upload media.Upload) conversations.Message {
	t.Helper()
	m, _, err := w.replier.Reply(w.owner(t), c.ID, conversations.Draft{ClientID: uuid.New(), UploadID: upload.ID})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A file is kept for two days. A reply whose file has gone when its turn comes fails in plain words, and those behind it go on.
func TestAReplyWhoseFileIsGoneFails(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	upload := w.uploads(t)
	w.begin(t)
	c := w.hears(t, "amara", "The price list?")
	w.fault(t, simulator.Fault{Endpoint: "/me/messages", Status: 400, Code: 100})
	m := w.becomes(t, w.replyFile(t, c, upload).ID, conversations.StateFailed)
	w.db.Exec(t, "delete from tenant.uploads where upload_id = $1", upload.ID)
	if _, err := w.replier.Retry(w.owner(t), m.ID, false); err != nil {
		t.Fatal(err)
	}
	behind := w.reply(t, c, "In the meantime: from 12 euros.")
	if m = w.becomes(t, m.ID, conversations.StateFailed, conversations.StateSent); m.State != conversations.StateFailed || m.Fault != "file_gone" {
		t.Errorf("the reply is %s, %s", m.State, m.Fault)
	}
	w.becomes(t, behind.ID, conversations.StateSent)
	if got := w.arrived(t); !slices.Contains(got, "In the meantime: from 12 euros.") {
		t.Errorf("the customer has %q", got)
	}
}

// A file that was taken back between its echo and its answer does not stay here.
func TestAFileTakenBackBeforeItsAnswerIsRemoved(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.shape(t, simulator.Shapes{EchoFirst: true})
	var once sync.Once
	echoed, answer := make(chan struct{}), make(chan struct{})
	w.accepted = func(body []byte) { // the answer waits until the echo is taken
		if strings.Contains(string(body), "is_echo") {
			once.Do(func() { close(echoed); <-answer })
		}
	}
	w.begin(t)
	upload := w.uploads(t)
	c := w.hears(t, "amara", "The price list?")
	m := w.replyFile(t, c, upload)
	<-echoed
	trace := func(kind conversations.MessageKind) func() bool {
		return func() (there bool) {
			w.ask(t, &there, "select exists (select from tenant.messages where source <> 'parlor' and direction = 'outbound' and kind = $1)", kind)
			return there
		}
	}
	eventually(t, "the echo is here", trace(conversations.KindAttachment))
	sent := w.sim.Sent(w.business.UserID)
	if _, _, err := w.sim.Do(simulator.Act{Kind: "unsend", MID: sent[len(sent)-1].MID}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is taken back", trace(conversations.KindUnsent))
	close(answer)
	if m := w.becomes(t, m.ID, conversations.StateSent); m.Kind != conversations.KindUnsent {
		t.Errorf("the reply is %+v", m)
	}
	var left int
	w.ask(t, &left, "select count(*) from tenant.uploads where upload_id = $1", upload.ID)
	if left != 0 {
		t.Error("the file is still here")
	}
}

// A sweep that has put a file's bytes on its list already keeps nobody from taking the message back.
func TestAFileThatIsSweptMeanwhileCanBeTakenBack(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	upload := w.uploads(t)
	m := w.becomes(t, w.replyFile(t, w.hears(t, "amara", "The price list?"), upload).ID, conversations.StateSent)
	w.db.Exec(t, "insert into tenant.blob_removals (account_id, blob_key) select account_id, blob_key from tenant.uploads where upload_id = $1", upload.ID)
	if _, _, err := w.sim.Do(simulator.Act{Kind: "unsend", MID: *m.MID}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is taken back", func() bool {
		now, err := w.store.Message(w.owner(t), m.ID)
		return err == nil && now.Kind == conversations.KindUnsent
	})
	if l := w.ledger(t, w.account); l.Failed != 0 {
		t.Errorf("ledger = %+v", l)
	}
}

// A file that two customers were sent stays for the one who is not erased.
func TestErasingLeavesAFileThatAnotherWasSent(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	key := sha256.Sum256([]byte("erasing"))
	eraser, err := conversations.NewEraser(conversations.EraserOptions{
		DB: w.tenants, Platform: w.platform, Accounts: tenants.NewAccounts(w.platform), Key: key[:],
	})
	if err != nil {
		t.Fatal(err)
	}
	shared, own := w.uploads(t), w.uploads(t)
	amara, bruno := w.hears(t, "amara", "The price list?"), w.hears(t, "bruno", "The price list?")
	for _, m := range []conversations.Message{w.replyFile(t, amara, shared), w.replyFile(t, bruno, shared), w.replyFile(t, amara, own)} {
		w.becomes(t, m.ID, conversations.StateSent)
	}
	if _, err := eraser.Participant(w.owner(t), amara.Participant.ID); err != nil {
		t.Fatal(err)
	}
	left := func(u media.Upload) (n int) {
		w.ask(t, &n, "select count(*) from tenant.uploads where upload_id = $1", u.ID)
		return n
	}
	if left(shared) != 1 || left(own) != 0 {
		t.Errorf("of the shared file %d are left, of the own one %d; want 1 and 0", left(shared), left(own))
	}
}

func TestAReactionIsOneEmoji(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	c := w.hears(t, "amara", "Is it open?")
	m := w.thread(t, w.account, c.ID)[0]
	gestures := conversations.NewGestures(w.tenants, w.connections, w.client, nil)
	for name, emoji := range map[string]string{"NUL": "👍\x00", "a line": "👍\n", "broken": "\xf0\x9f", "long": strings.Repeat("👍", 17)} {
		if _, err := gestures.React(w.owner(t), m.ID, emoji); !errors.Is(err, conversations.ErrBadEmoji) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := gestures.React(w.owner(t), m.ID, "👩‍👩‍👧‍👦"); err != nil {
		t.Errorf("a family: %v", err)
	}
}
