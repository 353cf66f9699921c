package conversations_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"parlor/conversations"
	"parlor/tenants"
)

func (s *street) keep(ctx context.Context, t *testing.T, customer int, mode conversations.DraftMode, text string, after int64) (conversations.KeptDraft, bool) {
	t.Helper()
	d, kept, err := s.store.KeepDraft(ctx, conversations.KeptDraft{Conversation: s.ids[customer-1], Mode: mode, Text: text, Revision: after})
	if err != nil {
		t.Fatalf("keep %q: %v", text, err)
	}
	return d, kept
}

// drafts tells the drafts of somebody in short.
func (s *street) drafts(ctx context.Context, t *testing.T) (lines []string) {
	t.Helper()
	all, err := s.store.Drafts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		lines = append(lines, fmt.Sprintf("%d %s: %s", slices.Index(s.ids, d.Conversation)+1, d.Mode, d.Text))
	}
	slices.Sort(lines)
	return lines
}

func TestDraftsAreAPersonsOwn(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	first, _ := s.keep(s.mika, t, 1, conversations.DraftReply, "Hell", 0)
	second, kept := s.keep(s.mika, t, 1, conversations.DraftReply, "Hello", first.Revision)
	if !kept || second.Revision <= first.Revision {
		t.Errorf("the next write: %+v, %v", second, kept)
	}
	s.keep(s.mika, t, 1, conversations.DraftNote, "Odd", 0)
	s.keep(s.mika, t, 2, conversations.DraftReply, "Hi", 0)
	s.keep(s.noa, t, 1, conversations.DraftReply, "Noa's", 0)
	if got := s.drafts(s.mika, t); !slices.Equal(got, []string{"1 note: Odd", "1 reply: Hello", "2 reply: Hi"}) {
		t.Errorf("Mika's = %q", got)
	}
	if got := s.drafts(s.noa, t); !slices.Equal(got, []string{"1 reply: Noa's"}) {
		t.Errorf("Noa's = %q", got)
	}
	s.leave(t, s.noaID)
	s.work(t, noon)
	if got := append(s.drafts(s.noa, t), s.drafts(s.mika, t)...); len(got) != 3 {
		t.Errorf("after Noa has left: %q", got)
	}
}

// However writes overtake each other, nothing comes back, and nothing is lost without a word.
func TestALateDraftIsRefused(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	first, _ := s.keep(s.mika, t, 1, conversations.DraftReply, "Hello", 0)
	emptied, kept := s.keep(s.mika, t, 1, conversations.DraftReply, "", first.Revision)
	if !kept {
		t.Fatal("not emptied")
	}
	for name, after := range map[string]int64{"the first write, again": 0, "a write from before": first.Revision} {
		if d, kept := s.keep(s.mika, t, 1, conversations.DraftReply, "Hello", after); kept || d.Text != "" || d.Revision != emptied.Revision {
			t.Errorf("%s: %+v, %v", name, d, kept)
		}
	}
	// Many pages at once: each change is made once.
	var wg sync.WaitGroup
	var mu sync.Mutex
	revision, wins := emptied.Revision, 0
	for n := range 8 {
		wg.Go(func() {
			d, kept, err := s.store.KeepDraft(s.mika, conversations.KeptDraft{
				Conversation: s.ids[0], Mode: conversations.DraftReply, Text: strconv.Itoa(n), Revision: emptied.Revision,
			})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if kept {
				wins, revision = wins+1, d.Revision
			}
		})
	}
	wg.Wait()
	if wins != 1 || revision <= emptied.Revision {
		t.Errorf("%d of 8 won", wins)
	}
}

func TestASentDraftIsGoneAndALaterOneStays(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	note, _ := s.keep(s.mika, t, 1, conversations.DraftNote, " Call him \n", 0)
	s.keep(s.mika, t, 2, conversations.DraftNote, "Call him, she said", 0)
	s.keep(s.noa, t, 1, conversations.DraftNote, "Call him", 0)
	s.note(s.mika, t, 1, "Call him")
	s.note(s.mika, t, 2, "Call him")
	if got := s.drafts(s.mika, t); !slices.Equal(got, []string{"2 note: Call him, she said"}) {
		t.Errorf("Mika's = %q", got)
	}
	if got := s.drafts(s.noa, t); len(got) != 1 {
		t.Errorf("Noa's = %q", got)
	}
	if d, kept := s.keep(s.mika, t, 1, conversations.DraftNote, "Call him", note.Revision); kept || d.Text != "" {
		t.Errorf("a late write: %+v, %v", d, kept)
	}
}

func TestDraftsThatCannotBe(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	good := conversations.KeptDraft{Conversation: s.ids[0], Mode: conversations.DraftReply, Text: strings.Repeat("ü", 4000)}
	for name, broken := range map[string]func(d *conversations.KeptDraft){
		"a mode of ours": func(d *conversations.KeptDraft) { d.Mode = "tweet" },
		"too long":       func(d *conversations.KeptDraft) { d.Text += "u" },
		"with a zero":    func(d *conversations.KeptDraft) { d.Text = "\x00" },
	} {
		d := good
		broken(&d)
		if _, _, err := s.store.KeepDraft(s.mika, d); !errors.Is(err, conversations.ErrDraft) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, after := range map[string]int64{"new": 0, "changed": 7} {
		foreign := good
		foreign.Revision = after
		if _, _, err := s.store.KeepDraft(s.as(t, s.globex, s.noaID), foreign); !errors.Is(err, conversations.ErrNotFound) {
			t.Errorf("%s, in a foreign conversation: %v", name, err)
		}
	}
	key := tenants.WithPrincipal(t.Context(), tenants.Principal{AccountID: s.acme, KeyID: "k"})
	if _, _, err := s.store.KeepDraft(key, good); !errors.Is(err, conversations.ErrNoReader) {
		t.Errorf("a key: %v", err)
	}
	if _, err := s.store.Drafts(key); !errors.Is(err, conversations.ErrNoReader) {
		t.Errorf("a key lists: %v", err)
	}
}

func TestDraftsHaveAnEnd(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.keep(s.noa, t, 1, conversations.DraftReply, "", 0)
	s.keep(s.noa, t, 2, conversations.DraftReply, "x", 0)
	s.store = conversations.NewStore(s.tenants, func() time.Time { return noon.Add(31 * 24 * time.Hour) })
	s.keep(s.noa, t, 3, conversations.DraftReply, "y", 0)
	var left int
	if s.ask(t, &left, "select count(*) from tenant.conversation_drafts"); left != 2 {
		t.Errorf("%d rows are left, of which none is long empty", left)
	}
	s.db.Exec(t, `
		insert into tenant.participants (account_id, participant_id, igsid) select '`+s.acme.String()+`', gen_random_uuid(), 'x' || n from generate_series(1, 498) n;
		insert into tenant.conversations (account_id, conversation_id, participant_id, last_message_at)
			select account_id, gen_random_uuid(), participant_id, now() from tenant.participants where igsid like 'x%';
		insert into tenant.conversation_drafts select account_id, '`+s.noaID.String()+`', conversation_id, 'note', 'z', 1, now()
			from tenant.conversations join tenant.participants using (account_id, participant_id) where igsid like 'x%'`)
	if _, _, err := s.store.KeepDraft(s.noa, conversations.KeptDraft{Conversation: s.ids[3], Mode: conversations.DraftNote, Text: "one more"}); !errors.Is(err, conversations.ErrTooManyDrafts) {
		t.Errorf("the 501st: %v", err)
	}
}

// Notes, drafts and history belong to the customer's conversation and go with it, and each stands on the receipt.
func TestErasingTakesWhatTheAccountNoted(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.note(s.mika, t, 1, "canary note")
	s.keep(s.noa, t, 1, conversations.DraftReply, "canary draft", 0)
	s.keep(s.noa, t, 2, conversations.DraftReply, "of another", 0)
	s.change(s.mika, t, status(conversations.StatusClosed), 1)
	receipt, err := s.eraser(t).Participant(s.mika, s.conversationWith(t, "1").Participant.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"notes", "events", "drafts"} {
		if n := receipt.Removed["tenant.conversation_"+table]; n != 1 {
			t.Errorf("%d %s on the receipt", n, table)
		}
	}
	if got := s.drafts(s.noa, t); !slices.Equal(got, []string{"2 reply: of another"}) {
		t.Errorf("drafts = %q", got)
	}
	if _, _, err := s.store.AddNote(s.mika, s.ids[0], uuid.New(), "late"); !errors.Is(err, conversations.ErrNotFound) {
		t.Errorf("a note afterwards: %v", err)
	}
}
