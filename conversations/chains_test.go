package conversations_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"parlor/conversations"
)

// A reply that has lost its job is sent all the same, with those behind it, and one that has a job gets no second one.
func TestAReplyWithoutAJobIsFound(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.background(t, w.sim.Run)
	w.background(t, w.ingest.Run)
	c, other := w.hears(t, "amara", "Hello"), w.hears(t, "bela", "Hello")
	m, behind, jobbed := w.reply(t, c, "First"), w.reply(t, c, "Second"), w.reply(t, other, "Third")
	w.db.Exec(t, `delete from platform.river_job where kind = 'send_reply'
		and args ->> 'attempt_id' = (select attempt_id::text from tenant.outbox where message_id = $1)`, m.ID)
	var said bytes.Buffer
	chains := conversations.NewChains(w.tenants, w.platform, slog.New(slog.NewTextHandler(&said, nil)))
	for range 2 {
		if err := chains.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var jobs int
	w.ask(t, &jobs, "select count(*) from platform.river_job where kind = 'send_reply'")
	if n := strings.Count(said.String(), "reply had no job"); jobs != 2 || n != 1 {
		t.Errorf("%d jobs of 2 chains, %d lines in the log", jobs, n)
	}
	w.begin(t)
	for _, sent := range []conversations.Message{m, behind, jobbed} {
		w.becomes(t, sent.ID, conversations.StateSent)
	}
	if err := chains.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(said.String(), "reply had no job"); n != 1 {
		t.Errorf("what was sent is found once more: %d lines", n)
	}
}
