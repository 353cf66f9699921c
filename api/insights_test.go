package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"parlor/api"
	"parlor/tenants"
)

// replied writes a message of a member into the thread.
func (s *stack) replied(p person, conversation string, by tenants.UserID, at time.Time) {
	s.t.Helper()
	s.database.Exec(s.t, `insert into tenant.messages (account_id, message_id, conversation_id, direction, kind, text, state, source, sent_by_user, sent_at)
		values ($1, $2, $3, 'outbound', 'text', 'Yes', 'sent', 'parlor', $4, $5)`, p.accountID(), uuid.New(), conversation, by, at)
}

func TestInsights(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner := s.owner("casalumen.studio")
	amara := s.converse(owner.accountID(), "amara", 2) // the first an hour less a minute ago
	ana := s.member(owner, tenants.RoleAgent)
	s.database.Exec(t, "update platform.users set display_name = '=cmd()' where user_id = $1", ana)
	s.replied(owner, amara, ana, time.Now())
	s.database.Exec(t, "update platform.memberships set removed_at = now() where account_id = $1 and user_id = $2", owner.accountID(), ana)

	days := "from=" + time.Now().UTC().Add(-24*time.Hour).Format(time.DateOnly) + "&to=" + time.Now().UTC().Format(time.DateOnly) + "&zone=UTC"
	in := read[api.Insights](t, owner.do("GET", "/api/v1/ui/insights?"+days))
	f := in.Total.FirstReplies
	if in.Total.Inbound != 2 || in.Total.Outbound != 1 || f.Count != 1 || *f.MedianSeconds < 58*60 || *f.MedianSeconds > 60*60 || len(in.Days) != 2 || !in.Everybody {
		t.Errorf("the owner sees %+v", in)
	}
	if len(in.Senders) != 1 || in.Senders[0].Member == nil || in.Senders[0].Member.Name != "=cmd()" || in.Senders[0].Replies != 1 {
		t.Errorf("senders %+v", in.Senders)
	}
	agent := s.colleague(owner, tenants.RoleAgent)
	if in := read[api.Insights](t, agent.do("GET", "/api/v1/ui/insights?"+days)); in.Total.Outbound != 1 || in.Everybody || len(in.Senders) != 0 {
		t.Errorf("an agent sees %+v", in)
	}
	if in := read[api.Insights](t, s.owner("nordkaffee").do("GET", "/api/v1/ui/insights?"+days)); in.Total.Outbound+in.Total.Inbound+len(in.Senders) != 0 {
		t.Errorf("another account sees %+v", in)
	}

	file := owner.do("GET", "/api/v1/ui/insights/export?table=senders&"+days)
	lines := strings.Split(file.body, "\n")
	if !strings.HasPrefix(file.header.Get("Content-Type"), "text/csv") || len(lines) != 3 || !strings.HasPrefix(lines[1], "member,"+ana.String()+",'=cmd(),1,1,") {
		t.Errorf("%s\n%s", file.header, file.body)
	}
	file = owner.do("GET", "/api/v1/ui/insights/export?"+days)
	if lines := strings.Split(file.body, "\n"); len(lines) != 4 || !strings.HasPrefix(lines[0], "date,inbound,") {
		t.Errorf("days:\n%s", file.body)
	}
	if mine := agent.do("GET", "/api/v1/ui/insights/export?table=senders&"+days); strings.Contains(mine.body, "cmd") {
		t.Errorf("an agent gets %s", mine.body)
	}
}

func TestInsightsRefuse(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner := s.owner("casalumen.studio")
	for query, field := range map[string]string{
		"from=2026-01-01&to=2026-01-02&zone=Mars/Base":               "query.zone",
		"from=2026-01-01&to=2027-06-02&zone=UTC":                     "query.to",
		"from=2026-01-02&to=2026-01-01&zone=UTC":                     "query.to",
		"from=2026-01-01&to=2026-01-02&zone=UTC&table=customers":     "query.table",
		"from=2026-01-01&to=2026-01-02%22%0d%0aX-Evil:%201&zone=UTC": "query.to",
	} {
		a := owner.do("GET", "/api/v1/ui/insights/export?"+query)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, field) {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
		if strings.Contains(query, "table") {
			continue
		}
		if a := owner.do("GET", "/api/v1/ui/insights?"+query); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
	owner.do("GET", "/api/v1/ui/insights?from=2026-01-01&to=2026-01-02").refused(t, http.StatusUnprocessableEntity, "validation_failed")
}
