package conversations_test

import (
	"context"
	"testing"
	"time"

	"parlor/conversations"
)

// A reaction that is written down at the moment in which its message is taken back goes with it.
func TestNoReactionOutlivesItsMessage(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.background(t, w.sim.Run)
	w.background(t, w.ingest.Run)
	c := w.hears(t, "amara", "Hello")
	m := w.thread(t, w.account, c.ID)[0]
	held, err := w.db.Admin(t).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.Exec(t.Context(), "select from tenant.conversations where conversation_id = $1 for update", c.ID); err != nil {
		t.Fatal(err)
	}
	reacted, owner := make(chan error, 1), w.owner(t)
	go func() {
		_, err := w.gestures.React(owner, m.ID, "👍")
		reacted <- err
	}()
	w.waiting(t, 1)
	back := body(w.business.UserID, takenBackAt(w.business.UserID, igsidOf(t, w, c), *m.MID, time.Now()))
	if err := w.ingest.Accept(t.Context(), []byte(back)); err != nil {
		t.Fatal(err)
	}
	w.waiting(t, 2)
	if err := held.Rollback(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	if err := <-reacted; err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is taken back", func() bool { return w.thread(t, w.account, c.ID)[0].Kind == conversations.KindUnsent })
	var left int
	w.ask(t, &left, "select count(*) from tenant.reactions")
	if left != 0 {
		t.Errorf("%d reactions are left", left)
	}
}
