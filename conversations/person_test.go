package conversations_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"parlor/conversations"
	"parlor/instagram/simulator"
)

func TestPersonOfAConversation(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	c := w.hears(t, "amara", "Is it open?")
	w.becomes(t, w.reply(t, c, "It is").ID, conversations.StateSent)
	w.hears(t, "amara", "Thank you")
	w.db.Exec(t, "update tenant.participants set follower_count = 12, verified = true, follows_account = true, followed_by_account = null where participant_id = $1",
		c.Participant.ID)
	p, err := w.store.Person(w.owner(t), c.ID)
	if err != nil || p.ID != c.Participant.ID || p.Received != 2 || p.Sent != 1 || p.FirstMessageAt.IsZero() {
		t.Fatalf("%+v, %v", p, err)
	}
	if p.Followers == nil || *p.Followers != 12 || p.Verified == nil || !*p.Verified || p.FollowsAccount == nil || p.FollowedByAccount != nil {
		t.Errorf("%+v", p)
	}
	if first := w.thread(t, w.account, c.ID); !first[len(first)-1].SentAt.Equal(p.FirstMessageAt) {
		t.Errorf("began %s, the thread with %s", p.FirstMessageAt, first[len(first)-1].SentAt)
	}
	for _, id := range []conversations.ID{{}, {UUID: uuid.New()}} {
		if _, err := w.store.Person(w.owner(t), id); !errors.Is(err, conversations.ErrNotFound) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// What was shared is shown without the talk between it, page by page.
func TestShared(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.begin(t)
	c := w.hears(t, "amara", "Look")
	for range 3 {
		files := []simulator.Attachment{{Type: "image", Payload: map[string]any{"url": w.graph + "/_sim/media/cat.jpg"}}}
		if _, _, err := w.sim.Write(w.business, "amara", "", files, false); err != nil {
			t.Fatal(err)
		}
		w.hears(t, "amara", "nice?")
	}
	eventually(t, "all of it is here", func() bool { l := w.ledger(t, w.account); return l.Received == 7 && l.Pending == 0 })
	var got []conversations.Message
	for after := ""; ; {
		page, err := w.store.Shared(w.owner(t), c.ID, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page.Items...)
		if after = page.Next; after == "" {
			break
		}
	}
	if len(got) != 3 {
		t.Fatalf("%d were shared, want 3", len(got))
	}
	for i, m := range got {
		if m.Kind != conversations.KindAttachment || len(m.Attachments) != 1 || i > 0 && m.SentAt.After(got[i-1].SentAt) {
			t.Errorf("%+v", m)
		}
	}
	if _, err := w.store.Shared(w.owner(t), conversations.ID{UUID: uuid.New()}, "", 2); !errors.Is(err, conversations.ErrNotFound) {
		t.Errorf("of no conversation: %v", err)
	}
}
