package conversations_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"parlor/conversations"
	"parlor/tenants"
)

// named returns the context of somebody with a name and a role.
func (s *street) named(t *testing.T, user tenants.UserID, name string, role tenants.Role) context.Context {
	t.Helper()
	return tenants.WithPrincipal(t.Context(), tenants.Principal{UserID: user, DisplayName: name, AccountID: s.acme, Role: role})
}

func (s *street) note(ctx context.Context, t *testing.T, customer int, text string) conversations.Note {
	t.Helper()
	n, created, err := s.store.AddNote(ctx, s.ids[customer-1], uuid.New(), text)
	if err != nil || !created {
		t.Fatalf("note %q: %v, %v", text, created, err)
	}
	return n
}

func (s *street) texts(ctx context.Context, t *testing.T, customer int) (texts []string) {
	t.Helper()
	all, err := s.store.Notes(ctx, s.ids[customer-1])
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range all {
		texts = append(texts, n.AuthorName+": "+n.Text)
	}
	return texts
}

func TestNotesAreTheAccountsOwn(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	mika, noa := s.named(t, tenants.NewUserID(), "Mika", tenants.RoleOwner), s.named(t, s.noaID, "Noa", tenants.RoleAgent)
	before := s.conversationWith(t, "1")
	first, second := s.note(mika, t, 1, "  Wants the\nblue one "), s.note(noa, t, 1, "Sent him the price")
	s.note(noa, t, 2, "Elsewhere")
	if got := s.texts(noa, t, 1); !slices.Equal(got, []string{"Mika: Wants the\nblue one", "Noa: Sent him the price"}) {
		t.Errorf("notes = %q", got)
	}
	if after := s.conversationWith(t, "1"); after.Unread() != before.Unread() || after.WaitingSince == nil || after.Last.ID != before.Last.ID {
		t.Errorf("a note changes the conversation: %+v, before %+v", after, before)
	}
	if n := len(s.thread(t, s.acme, s.ids[0])); n != 1 {
		t.Errorf("the thread has %d messages", n)
	}
	if err := s.store.RemoveNote(noa, first.ID); !errors.Is(err, conversations.ErrNotYours) {
		t.Errorf("Noa removes Mika's: %v", err)
	}
	if err := errors.Join(s.store.RemoveNote(noa, second.ID), s.store.RemoveNote(mika, s.note(noa, t, 1, "Hm").ID)); err != nil {
		t.Errorf("the author's own, and the owner: %v", err)
	}
	if err := s.store.RemoveNote(mika, second.ID); !errors.Is(err, conversations.ErrNoNote) {
		t.Errorf("removed twice: %v", err)
	}
	if err := s.store.RemoveNote(s.as(t, s.globex, s.noaID), first.ID); !errors.Is(err, conversations.ErrNoNote) {
		t.Errorf("from another account: %v", err)
	}
	if got := s.texts(noa, t, 1); len(got) != 1 {
		t.Errorf("left: %q", got)
	}
}

func TestNotesThatCannotBe(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	client := uuid.New()
	for name, text := range map[string]string{"empty": " \n", "too long": strings.Repeat("ü", 2001), "with a zero": "a\x00b", "torn": "a\xff"} {
		if _, _, err := s.store.AddNote(s.mika, s.ids[0], client, text); !errors.Is(err, conversations.ErrNoteText) {
			t.Errorf("%s: %v", name, err)
		}
	}
	longest, created, err := s.store.AddNote(s.mika, s.ids[0], client, strings.Repeat("ü", 2000))
	if err != nil || !created {
		t.Fatalf("the longest: %v, %v", created, err)
	}
	if again, created, err := s.store.AddNote(s.mika, s.ids[0], client, "other"); err != nil || created || again.ID != longest.ID {
		t.Errorf("again: %+v, %v, %v", again, created, err)
	}
	if _, _, err := s.store.AddNote(s.mika, s.ids[1], client, "other"); !errors.Is(err, conversations.ErrClientIDUsed) {
		t.Errorf("the same id elsewhere: %v", err)
	}
	for name, id := range map[string]conversations.ID{"missing": {UUID: uuid.New()}, "foreign": s.ids[0]} {
		ctx := s.as(t, s.globex, s.noaID)
		if _, _, err := s.store.AddNote(ctx, id, uuid.New(), "x"); !errors.Is(err, conversations.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.store.Notes(ctx, id); !errors.Is(err, conversations.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.db.Exec(t, `insert into tenant.conversation_notes select account_id, gen_random_uuid(), conversation_id, gen_random_uuid(), author_id, '', 'x', created_at
		from tenant.conversation_notes, generate_series(1, 499)`)
	if _, _, err := s.store.AddNote(s.mika, s.ids[0], uuid.New(), "one more"); !errors.Is(err, conversations.ErrTooManyNotes) {
		t.Errorf("the 501st: %v", err)
	}
}

// history tells the history of a customer's conversation in short.
func (s *street) history(t *testing.T, customer int) (lines []string) {
	t.Helper()
	all, err := s.store.History(s.mika, s.ids[customer-1])
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range all {
		line := strings.TrimSpace(string(h.Kind) + " " + string(h.Cause) + " " + h.ActorName)
		if h.About == s.noaID {
			line += " (Noa)"
		}
		if h.Until != nil {
			line += " until " + h.Until.Format("15:04")
		}
		lines = append(lines, line)
	}
	return lines
}

func TestWhatIsDoneIsRemembered(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	mika := s.named(t, tenants.NewUserID(), "Mika", tenants.RoleOwner)
	at := noon
	s.store = conversations.NewStore(s.tenants, func() time.Time { at = at.Add(time.Second); return at })
	snoozed, nobody, yes := conversations.StatusSnoozed, tenants.UserID{}, true
	until := func(h int) conversations.Change {
		return conversations.Change{Status: &snoozed, SnoozedUntil: noon.Add(time.Duration(h) * time.Hour)}
	}
	for _, c := range []conversations.Change{
		{Assignee: &s.noaID},
		{Assignee: &s.noaID},
		until(1), until(1), until(2),
		{Starred: &yes},
		status(conversations.StatusClosed),
		status(conversations.StatusClosed), status(conversations.StatusOpen),
		{Assignee: &nobody},
		{Assignee: &nobody},
	} {
		s.change(mika, t, c, 1, 2)
	}
	want := []string{
		"assigned  Mika (Noa)", "snoozed  Mika until 13:00", "snoozed  Mika until 14:00", "closed  Mika", "reopened  Mika", "unassigned  Mika (Noa)",
	}
	for _, customer := range []int{1, 2} {
		if got := s.history(t, customer); !slices.Equal(got, want) {
			t.Errorf("history of %d = %q", customer, got)
		}
	}
	// What fails leaves no history.
	if _, err := s.store.Change(mika, s.ids[:1], conversations.Change{Status: &snoozed, Label: []conversations.LabelID{{UUID: uuid.New()}}}); err == nil {
		t.Error("a label of nobody is taken")
	}
	if got := s.history(t, 1); len(got) != len(want) {
		t.Errorf("after a change that failed: %q", got)
	}
}

func TestWhatHappensByItselfIsRemembered(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.change(s.mika, t, status(conversations.StatusClosed), 1)
	snoozed := conversations.StatusSnoozed
	s.change(s.mika, t, conversations.Change{Status: &snoozed, SnoozedUntil: noon.Add(time.Hour)}, 2)
	s.deliver(t, body(acmeUserID, said(acmeUserID, "1", "mid.again", "Hello?", noon)))
	s.change(s.mika, t, conversations.Change{Assignee: &s.noaID}, 3) // who is no member
	s.work(t, noon.Add(2*time.Hour))
	for customer, want := range map[int][]string{
		1: {"closed", "reopened customer_wrote"}, 2: {"snoozed until 13:00", "reopened snooze_over"}, 3: {"assigned (Noa)", "unassigned cannot_answer (Noa)"},
	} {
		if got := s.history(t, customer); !slices.Equal(got, want) {
			t.Errorf("history of %d = %q, want %q", customer, got, want)
		}
	}
}

// leave ends the membership of somebody, as far as it concerns conversations.
func (s *street) leave(t *testing.T, user tenants.UserID) {
	t.Helper()
	err := s.platform.InTx(t.Context(), func(tx *tenants.PlatformTx) error {
		return tx.Enqueue(t.Context(), tenants.MemberGoneArgs{AccountID: s.acme, UserID: user}, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAVisitIsRememberedOnce(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	visit := func() context.Context {
		return tenants.WithPrincipal(t.Context(), tenants.Principal{
			UserID: tenants.NewUserID(), DisplayName: "Helen", AccountID: s.acme, Grant: &tenants.SupportGrant{ID: tenants.NewGrantID(), Mode: tenants.SupportRead},
		})
	}
	first := visit()
	for _, ctx := range []context.Context{first, first, s.mika, visit()} {
		if err := s.store.NoteVisit(ctx, s.ids[0]); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.history(t, 1); !slices.Equal(got, []string{"support_visit  Helen", "support_visit  Helen"}) {
		t.Errorf("history = %q", got)
	}
	if err := s.store.NoteVisit(first, conversations.ID{UUID: uuid.New()}); !errors.Is(err, conversations.ErrNotFound) {
		t.Errorf("a missing one: %v", err)
	}
}

func TestHistoryHasAnEnd(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.change(s.mika, t, status(conversations.StatusClosed), 1, 2)
	s.db.Exec(t, `insert into tenant.conversation_events (account_id, event_id, conversation_id, kind, at)
		select account_id, gen_random_uuid(), conversation_id, 'snoozed', at + n * interval '1 second' from tenant.conversation_events, generate_series(1, 199) n`)
	s.store = conversations.NewStore(s.tenants, func() time.Time { return noon.Add(time.Hour) })
	s.change(s.mika, t, status(conversations.StatusOpen), 1)
	got := s.history(t, 1)
	var stored, other int
	s.ask(t, &stored, "select count(*) from tenant.conversation_events where conversation_id = $1", s.ids[0].UUID)
	s.ask(t, &other, "select count(*) from tenant.conversation_events where conversation_id = $1", s.ids[1].UUID)
	if stored != conversations.MaxHistory || other != conversations.MaxHistory || len(got) != conversations.MaxHistory || got[0] != "snoozed" || got[len(got)-1] != "reopened" {
		t.Errorf("%d and %d stored, %d shown from %s to %s", stored, other, len(got), got[0], got[len(got)-1])
	}
}
