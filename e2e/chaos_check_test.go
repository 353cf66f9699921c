//go:build e2e

package e2e_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// theirs is a message as the simulated Instagram holds it.
type theirs struct {
	MID      string    `json:"mid"`
	Customer string    `json:"customer"`
	Echo     bool      `json:"echo"`
	Text     string    `json:"text"`
	At       time.Time `json:"at"`
}

// settled waits until nothing is under way any more: no delivery, no event, no reply, no import, and the gaps are filled.
func (r *chaosRig) settled(t *testing.T) {
	t.Helper()
	for what, query := range map[string]string{
		"deliveries are split":   "select count(*) from platform.deliveries where state = 'received'",
		"events are settled":     "select count(*) from tenant.ingest_events where outcome = 'pending'",
		"replies are decided":    "select count(*) from tenant.outbox where state in ('queued', 'sending', 'settling')",
		"imports are done":       "select count(*) from tenant.backfills where state = 'running'",
		"one gap was looked for": "select case when exists (select from tenant.backfills where cause = 'gap' and state = 'done') then 0 else 1 end",
	} {
		took := eventually(t, 5*time.Minute, what, func() bool { return r.count(t, query) == 0 })
		t.Logf("%s after %s", what, took.Round(time.Second))
	}
	held := r.held(t)
	took := eventually(t, 3*time.Minute, "the gaps are filled", func() bool { return len(r.missing(t, held)) == 0 })
	t.Logf("the gaps are filled after %s; %d messages recovered", took.Round(time.Second), r.count(t, "select count(*) from tenant.messages where recovered"))
}

// held is everything that Instagram holds of the business.
func (r *chaosRig) held(t *testing.T) []theirs {
	t.Helper()
	var list struct {
		Items []theirs `json:"items"`
	}
	if err := json.Unmarshal([]byte(r.simulated(t, http.MethodGet, "/_sim/messages?business="+chaosBusiness, "")), &list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}

// missing returns the mids that Parlor does not have.
func (r *chaosRig) missing(t *testing.T, held []theirs) (mids []string) {
	t.Helper()
	here := map[string]bool{}
	for _, m := range r.everything(t) {
		here[m.MID] = true
	}
	for _, m := range held {
		if !here[m.MID] {
			mids = append(mids, m.MID)
		}
	}
	return mids
}

// ours is a message as the API shows it.
type ours struct {
	answer
	Text      string    `json:"text"`
	State     string    `json:"state"`
	Direction string    `json:"direction"`
	Fault     string    `json:"fault"`
	SentAt    time.Time `json:"sent_at"`
	thread    string
}

// everything reads all threads, each from its oldest message on.
func (r *chaosRig) everything(t *testing.T) (all []ours) {
	t.Helper()
	r.signIn(t)
	for _, c := range pages(t, r.url+"/api/v1/ui/conversations", *r.token.Load()) {
		var thread []ours
		for cursor := ""; ; {
			var page struct {
				Items      []ours `json:"items"`
				NextCursor string `json:"next_cursor"`
			}
			readInto(t, r.ask(t, http.MethodGet, "/api/v1/ui/conversations/"+c.ID+"/messages?limit=100&cursor="+cursor, ""), &page)
			thread = append(thread, page.Items...)
			if cursor = page.NextCursor; cursor == "" {
				break
			}
		}
		slices.Reverse(thread)
		for n := range thread {
			thread[n].thread = c.ID
		}
		all = append(all, thread...)
	}
	return all
}

func readInto(t *testing.T, req *http.Request, into any) {
	t.Helper()
	response, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s = %d", req.URL, response.StatusCode)
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// check compares what Instagram holds with what Parlor shows.
func (d *badDay) check(t *testing.T) {
	held, here := d.rig.held(t), d.rig.everything(t)
	d.eachOnce(t, held, here)
	d.replies(t, held, here)
	d.order(t, held, here)
	d.rig.ledgers(t)
	d.rig.pace(t)
}

// eachOnce: every message that Instagram holds is in Parlor exactly once, and nothing else is that claims to be.
func (d *badDay) eachOnce(t *testing.T, held []theirs, here []ours) {
	t.Helper()
	found := map[string]int{}
	for _, m := range here {
		if m.MID != "" {
			found[m.MID]++
		}
	}
	missing := 0
	for _, m := range held {
		if found[m.MID] != 1 {
			missing++
			t.Errorf("message %q of %s (echo %v) is in Parlor %d times", m.Text, m.Customer, m.Echo, found[m.MID])
		}
		delete(found, m.MID)
	}
	if len(found) > 0 {
		t.Errorf("%d messages are in Parlor that Instagram does not hold", len(found))
	}
	t.Logf("Instagram holds %d messages; %d of them are not in Parlor exactly once", len(held), missing)
}

// replies: each reached its customer once, or says that it did not.
func (d *badDay) replies(t *testing.T, held []theirs, here []ours) {
	t.Helper()
	arrived, states := map[string]int{}, map[string]int{}
	for _, m := range held {
		if m.Echo {
			arrived[m.Text]++
		}
	}
	shown := map[string][]ours{}
	for _, m := range here {
		if m.Direction == "outbound" {
			shown[m.Text] = append(shown[m.Text], m)
		}
	}
	for text, s := range d.said {
		switch {
		case !s.accepted:
			t.Errorf("%q was never taken in", text)
			continue
		case len(shown[text]) != 1:
			t.Errorf("%q is shown %d times", text, len(shown[text]))
			continue
		case arrived[text] > 1:
			t.Errorf("%q reached its customer %d times", text, arrived[text])
		}
		m := shown[text][0]
		states[m.State]++
		if m.State == "sent" && arrived[text] != 1 || m.State == "failed" && arrived[text] != 0 {
			t.Errorf("%q is shown as %s (%s) and reached its customer %d times", text, m.State, m.Fault, arrived[text])
		}
		if m.State != "sent" && m.State != "failed" && m.State != "unknown" {
			t.Errorf("%q ends as %s", text, m.State)
		}
	}
	t.Logf("replies: %v", states)
	if states["sent"]*10 < len(d.said)*9 {
		t.Errorf("%d of %d replies are sent, want at least 90 %%", states["sent"], len(d.said))
	}
}

// order: a thread shows its messages in Instagram's order, and replies went out in the order in which they were written.
func (d *badDay) order(t *testing.T, held []theirs, here []ours) {
	t.Helper()
	at := map[string]time.Time{}
	for _, m := range held {
		at[m.MID] = m.At
	}
	newest, written := map[string]time.Time{}, map[string]int{}
	for _, m := range here {
		if when, ok := at[m.MID]; ok {
			if when.Before(newest[m.thread].Add(-time.Second)) { // an import tells seconds alone
				t.Errorf("%q stands behind a message that is %s younger", m.Text, newest[m.thread].Sub(when))
			}
			newest[m.thread] = when
		}
		if s := d.said[m.Text]; s != nil && m.State == "sent" {
			if s.order < written[m.thread] {
				t.Errorf("%q went out after a reply that was written later", m.Text)
			}
			written[m.thread] = s.order
		}
	}
}

// ledgers: what was received adds up.
func (r *chaosRig) ledgers(t *testing.T) {
	t.Helper()
	off := r.count(t, `select count(*) from tenant.ledgers l where received <> (select count(*) from tenant.ingest_events e where e.account_id = l.account_id)`)
	pending := r.count(t, `select count(*) from tenant.ingest_events where outcome = 'pending'`)
	t.Logf("ledger: received %d, applied %d, skipped %d, failed %d", r.count(t, "select coalesce(sum(received), 0) from tenant.ledgers"),
		r.count(t, "select count(*) from tenant.ingest_events where outcome = 'applied'"),
		r.count(t, "select count(*) from tenant.ingest_events where outcome = 'skipped'"),
		r.count(t, "select count(*) from tenant.ingest_events where outcome = 'failed'"))
	if off != 0 || pending != 0 {
		t.Errorf("%d ledgers do not add up, %d events are pending", off, pending)
	}
}

// graphCall is a call of the Graph API as Instagram saw it.
type graphCall struct {
	Endpoint string    `json:"endpoint"`
	Method   string    `json:"method"`
	At       time.Time `json:"at"`
}

// pace: two instances together never made more than two calls a second, sends not counted.
func (r *chaosRig) pace(t *testing.T) {
	t.Helper()
	var list struct {
		Items []graphCall `json:"items"`
	}
	if err := json.Unmarshal([]byte(r.simulated(t, http.MethodGet, "/_sim/calls?business="+chaosBusiness, "")), &list); err != nil {
		t.Fatal(err)
	}
	calls := slices.DeleteFunc(list.Items, func(c graphCall) bool {
		return c.Method == http.MethodPost && strings.HasSuffix(c.Endpoint, "/messages")
	})
	slices.SortFunc(calls, func(a, b graphCall) int { return a.At.Compare(b.At) })
	for n := 2; n < len(calls); n++ {
		if within := calls[n].At.Sub(calls[n-2].At); within < time.Second {
			t.Errorf("three calls within %s: %v", within, calls[n-2:n+1])
		}
	}
	t.Logf("%d calls beside the sends", len(calls))
}
