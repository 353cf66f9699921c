package conversations_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parlor/conversations"
	"parlor/tenants"
)

// finds returns the texts that a search of the account shows, hits in brackets, page by page.
func (r *rig) finds(t *testing.T, account tenants.AccountID, query string, limit int) (texts []string) {
	t.Helper()
	for after := ""; ; {
		page, err := r.store.Search(r.as(t, account, tenants.NewUserID()), query, after, limit)
		if err != nil {
			t.Fatalf("%q: %v", query, err)
		}
		for _, hit := range page.Messages.Items {
			var b strings.Builder
			for _, s := range hit.Snippet {
				if s.Hit {
					s.Text = "[" + s.Text + "]"
				}
				b.WriteString(s.Text)
			}
			texts = append(texts, b.String())
		}
		if after = page.Messages.Next; after == "" {
			return texts
		}
	}
}

// hearsAll lets a customer of acme write texts, a minute apart.
func (r *rig) hearsAll(t *testing.T, texts ...string) {
	t.Helper()
	for n, text := range texts {
		r.deliver(t, body(acmeUserID, said(acmeUserID, "7", fmt.Sprint("mid.", n), text, noon.Add(time.Duration(n)*time.Minute))))
	}
}

func TestSearchFindsMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.hearsAll(t, "Is the blue bowl there?", "Böden aus Kiefer", "Привет! Ёлка", "Two blue bowls 👍🏽", "\u304a\u76bf\u306f\u3042\u308a\u307e\u3059\u304b")
	r.deliver(t, body(globexUserID, said(globexUserID, "8", "mid.x", "A blue bowl of globex", noon)))
	for query, want := range map[string][]string{
		"bowl":         {"Two blue [bowls] 👍🏽", "Is the blue [bowl] there?"},
		"BLUE two":     {"[Two] [blue] bowls 👍🏽"},
		"boden":        {"[Böden] aus Kiefer"},
		"BÖDEN kie":    {"[Böden] aus [Kiefer]"},
		"елка":         {"Привет! [Ёлка]"},
		"👍":            {"Two blue bowls [👍]🏽"},
		"\u76bf":       {"\u304a[\u76bf]\u306f\u3042\u308a\u307e\u3059\u304b"},
		"nothing":      nil,
		"bowl nothing": nil,
		`' | ! \ blue`: {"Two [blue] bowls 👍🏽", "Is the [blue] bowl there?"},
	} {
		if got := r.finds(t, r.acme, query, 1); !slices.Equal(got, want) { // a page each
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
	if got := r.finds(t, r.globex, "bowl", 20); len(got) != 1 || !strings.Contains(got[0], "globex") {
		t.Errorf("globex finds %q", got)
	}
	for _, empty := range []string{"", "  ", "…!?"} {
		if _, err := r.store.Search(r.as(t, r.acme, tenants.NewUserID()), empty, "", 20); !errors.Is(err, conversations.ErrEmptyQuery) {
			t.Errorf("%q: %v", empty, err)
		}
	}
	if _, err := r.store.Search(r.as(t, r.acme, tenants.NewUserID()), "x", "nonsense", 20); !errors.Is(err, conversations.ErrBadCursor) {
		t.Errorf("a cursor of nobody's: %v", err)
	}
}

// Words of an account are found by nobody else, whichever wall is off: the function that finds them names the account itself.
func TestSearchWithoutRowSecurity(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.hearsAll(t, "Only acme's bowl")
	for _, table := range []string{"search_words", "messages", "conversations", "participants"} {
		r.db.Exec(t, "alter table tenant."+table+" disable row level security")
	}
	if got := r.finds(t, r.globex, "bowl", 20); len(got) != 0 {
		t.Errorf("globex finds %q", got)
	}
	if got := r.finds(t, r.acme, "bowl", 20); len(got) != 1 {
		t.Errorf("acme finds %q", got)
	}
}

func TestSearchFollowsEditsAndUnsends(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.hearsAll(t, "The first draft", "Stays")
	r.deliver(t, body(acmeUserID, item{
		"sender": item{"id": "7"}, "recipient": item{"id": acmeUserID}, "timestamp": noon.Add(time.Hour).UnixMilli(),
		"message_edit": item{"mid": "mid.0", "text": "The second version", "num_edit": 1},
	}))
	if before, after := r.finds(t, r.acme, "draft", 20), r.finds(t, r.acme, "version", 20); len(before) != 0 || len(after) != 1 {
		t.Errorf("edited: the old words find %q, the new ones %q", before, after)
	}
	r.deliver(t, body(acmeUserID, takenBack("7", "mid.0", noon.Add(2*time.Hour))))
	var left int
	r.ask(t, &left, "select count(*) from tenant.search_words where message_id is not null")
	if got := r.finds(t, r.acme, "version", 20); len(got) != 0 || left != 1 {
		t.Errorf("taken back: %q, %d entries are left", got, left)
	}
	who := r.conversationWith(t, "7").Participant.ID
	if _, err := r.eraser(t).Participant(r.as(t, r.acme, tenants.NewUserID()), who); err != nil {
		t.Fatal(err)
	}
	r.ask(t, &left, "select count(*) from tenant.search_words")
	if left != 0 {
		t.Errorf("erased: %d entries are left", left)
	}
}

func TestSearchFindsPeople(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	c := w.hears(t, "amara.bakes", "Hello")
	eventually(t, "her name is known", func() bool {
		now, err := w.store.Conversation(w.owner(t), c.ID)
		return err == nil && now.Participant.Name != nil
	})
	w.db.Exec(t, "update tenant.participants set name = 'Amára Öst'")
	w.db.Exec(t, "delete from tenant.search_words where participant_id is not null") // as if from before
	w.indexed(w.owner(t), t)
	for _, query := range []string{"amara", "AMARA BAKES", "amarabakes", "@amara.b", "ost"} {
		page, err := w.store.Search(w.owner(t), query, "", 20)
		if err != nil || len(page.People) != 1 || page.People[0].Conversation == nil || *page.People[0].Conversation != c.ID {
			t.Errorf("%q: %+v, %v", query, page.People, err)
		}
	}
	if page, err := w.store.Search(w.owner(t), "bakery", "", 20); err != nil || len(page.People) != 0 {
		t.Errorf("nobody: %+v, %v", page.People, err)
	}
}

// indexed has everything prepared that was there before the first search.
func (r *rig) indexed(ctx context.Context, t *testing.T) (steps int) {
	t.Helper()
	if w, err := r.store.Search(ctx, "x", "", 1); err != nil || w.Complete {
		t.Fatalf("the first search: complete %t, %v", w.Complete, err)
	}
	for {
		done, err := conversations.NewIndexer(r.tenants).Step(ctx) // each as after a crash
		if err != nil {
			t.Fatal(err)
		}
		if done {
			return steps
		}
		steps++
	}
}

// What was there before is prepared in steps, each of which another process may go on from; what is written meanwhile stays as it is.
func TestIndexerPreparesWhatWasThere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fill(t, 20)
	r.manyMessages(t, 3000)
	r.db.Exec(t, "delete from tenant.search_words")
	if got := r.finds(t, r.acme, "thursday", 20); len(got) != 0 {
		t.Fatalf("found before it was prepared: %d", len(got))
	}
	r.db.Exec(t, "delete from tenant.search_progress")
	steps := r.indexed(r.as(t, r.acme, tenants.NewUserID()), t)
	var texts, entries, others int
	r.ask(t, &texts, "select count(*) from tenant.messages where account_id = $1 and text <> ''", r.acme.UUID)
	r.ask(t, &entries, "select count(*) from tenant.search_words where account_id = $1 and message_id is not null", r.acme.UUID)
	r.ask(t, &others, "select count(*) from tenant.search_words where account_id <> $1", r.acme.UUID)
	if texts < 1000 || entries != texts || others != 0 || steps < 3 {
		t.Errorf("%d texts, %d entries, %d of others, in %d steps", texts, entries, others, steps)
	}
	if page, err := r.store.Search(r.as(t, r.acme, tenants.NewUserID()), "thursday", "", 20); err != nil || !page.Complete || len(page.Messages.Items) != 20 {
		t.Errorf("complete %t, %d found, %v", page.Complete, len(page.Messages.Items), err)
	}
	// By the index, and by nothing else: the very statement of the function.
	plan := r.planned(t, `select entry_id from tenant.search_words where account_id = '`+r.acme.String()+`' and words @@ '''xyz'''::tsquery order by at desc, entry_id desc limit 20`)
	if !strings.Contains(plan, "search_words_words") {
		t.Errorf("plan:\n%s", plan)
	}
}
