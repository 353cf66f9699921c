//go:build e2e

package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// connectionView is as much of GET /api/v1/ui/connection as these stories look at.
type connectionView struct {
	Status       string     `json:"status"`
	StatusReason string     `json:"status_reason"`
	DaysLeft     *int       `json:"days_left"`
	RefreshedAt  *time.Time `json:"refreshed_at"`
	Ledger       struct {
		Received int `json:"received"`
		Applied  int `json:"applied"`
		Skipped  int `json:"skipped"`
		Pending  int `json:"pending"`
		Failed   int `json:"failed"`
	} `json:"ledger"`
	Backfill *struct {
		State     string  `json:"state"`
		Cause     string  `json:"cause"`
		Seen      int     `json:"conversations_seen"`
		Total     int     `json:"conversations_total"`
		Messages  int     `json:"messages"`
		Recovered int     `json:"recovered"`
		Rate      float64 `json:"rate_per_second"`
		Left      *int    `json:"seconds_left"`
	} `json:"backfill"`
}

func (r *chaosRig) connection(t *testing.T) (v connectionView) {
	t.Helper()
	response, err := client.Do(r.ask(t, http.MethodGet, "/api/v1/ui/connection", ""))
	if err != nil {
		return v
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusUnauthorized {
		r.signIn(t)
	}
	if response.StatusCode == http.StatusOK {
		if err := json.NewDecoder(response.Body).Decode(&v); err != nil {
			t.Error(err)
		}
	}
	return v
}

// A new owner with three hundred conversations sees them come, and the process dies in the middle of it.
func TestImportGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	const conversations, messages = 300, 3
	r := newChaosRig(t, chaosPlan{}, func(r *chaosRig) {
		r.simulated(t, http.MethodPost, "/_sim/history", fmt.Sprintf(`{"business":%q,"conversations":%d,"messages":%d}`, chaosBusiness, conversations, messages))
	})
	var v connectionView
	eventually(t, time.Minute, "the import is in the middle", func() bool {
		v = r.connection(t)
		return v.Backfill != nil && v.Backfill.Seen >= 40 && v.Backfill.Total == conversations
	})
	if v.Backfill.State != "running" || v.Backfill.Rate <= 0 || v.Backfill.Left == nil || *v.Backfill.Left <= 0 {
		t.Errorf("in the middle: %+v", *v.Backfill)
	}
	t.Logf("killed at %d of %d conversations, %.1f a second, %d s left", v.Backfill.Seen, v.Backfill.Total, v.Backfill.Rate, *v.Backfill.Left)
	for n := range r.instances {
		r.instances[n].p.kill()
	}
	for n := range r.instances {
		r.up(t, n)
	}
	took := eventually(t, 3*time.Minute, "the import is done", func() bool {
		v = r.connection(t)
		return v.Backfill != nil && v.Backfill.State == "done"
	})
	t.Logf("done %s after the restart", took.Round(time.Second))
	if v.Backfill.Seen != conversations || v.Backfill.Messages != conversations*messages {
		t.Errorf("done: %+v", *v.Backfill)
	}
	if n := r.count(t, "select count(*) from tenant.messages"); n != conversations*messages {
		t.Errorf("%d messages are there, want %d", n, conversations*messages)
	}
	if n := r.count(t, "select count(*) from tenant.conversations where inbound_seq > 0"); n != 0 {
		t.Errorf("%d conversations are unread", n)
	}
}

// The token renews two days before its end without anybody. One that has ended shows the owner what to do, and customers are still heard; a
// new one brings what was missed.
func TestTokenRenewsAndEnds(t *testing.T) {
	t.Parallel()
	r := newChaosRig(t, chaosPlan{}, func(*chaosRig) {})
	r.write(t, "amara.bakes", "Before")
	eventually(t, time.Minute, "the first import is done, the message there", func() bool {
		v := r.connection(t)
		return v.Backfill != nil && v.Backfill.State == "done" && v.Ledger.Applied == 1
	})
	r.simulated(t, http.MethodPost, "/_sim/clock", fmt.Sprintf(`{"advance_seconds":%d}`, 58*24*3600))
	r.exec(t, "update tenant.connections set issued_at = issued_at - interval '58 days', expires_at = expires_at - interval '58 days', refresh_tried_at = null, refreshed_at = null")
	r.exec(t, "update platform.accounts set tend_at = now(), token_expires_at = token_expires_at - interval '58 days'")
	if v := r.connection(t); v.DaysLeft == nil || *v.DaysLeft > 2 {
		t.Errorf("before: %+v", v)
	}
	took := eventually(t, 2*time.Minute, "the token is renewed", func() bool {
		v := r.connection(t)
		return v.RefreshedAt != nil && v.DaysLeft != nil && *v.DaysLeft >= 58
	})
	t.Logf("renewed after %s", took.Round(time.Second))

	r.simulated(t, http.MethodPost, "/_sim/clock", fmt.Sprintf(`{"advance_seconds":%d}`, 61*24*3600))
	r.exec(t, "update tenant.connections set proved_at = now() - interval '2 days', prove_tried_at = null")
	r.exec(t, "update platform.accounts set tend_at = now()")
	eventually(t, 2*time.Minute, "the account needs to be connected again", func() bool { return r.connection(t).Status == "needs_reconnect" })
	r.write(t, "amara.bakes", "Still heard")
	eventually(t, 30*time.Second, "customers are still heard", func() bool { return r.connection(t).Ledger.Applied == 2 })
	r.simulated(t, http.MethodPost, "/_sim/faults", `{"kind":"drop","rate":1}`)
	r.write(t, "amara.bakes", "Missed")
	r.calm(t)

	r.instances[0].p.kill()
	r.up(t, 0) // with a token of today
	eventually(t, time.Minute, "the gap is filled", func() bool {
		v := r.connection(t)
		return v.Status == "active" && v.Backfill != nil && v.Backfill.Cause == "reconnect" && v.Backfill.State == "done"
	})
	if n := r.count(t, "select count(*) from tenant.messages where text = 'Missed'"); n != 1 {
		t.Errorf("what was missed is there %d times", n)
	}
}
