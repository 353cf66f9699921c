package api_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/uuid"

	"parlor/api"
)

// belowOwner is what the roles below the owner may do, of what the routes of an account ask for.
var belowOwner = map[string][]string{
	"agent":  {"conversations:read", "messages:send", "connection:read"},
	"viewer": {"conversations:read", "connection:read"},
}

// Every route of an account, as each role: what it may not do is refused before anything is looked up or read.
func TestRolesOnEveryRoute(t *testing.T) {
	t.Parallel()
	asked := []string{"conversations:read", "messages:send", "connection:read", "connection:manage", "data:erase"}
	for role, may := range belowOwner {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, options{})
			p := s.owner("casalumen.studio")
			id := s.converse(p.accountID(), "amara", 1)
			s.database.Exec(t, "update platform.memberships set role = $2, version = version + 1 where account_id = $1", p.accountID(), role)
			c, refused := p.browser.session(t), 0
			for _, row := range s.server.Rows() {
				if row.Who != "session" || row.Path == "/api/v1/ui/events" || !slices.Contains(asked, row.Permission) {
					continue
				}
				for _, at := range []string{uuid.NewString(), id, "x"} {
					a := call(c.client, row, at)
					if slices.Contains(may, row.Permission) {
						if a.status == http.StatusForbidden || a.status == http.StatusUnauthorized {
							t.Errorf("%s %s: %d %s", row.Method, row.Path, a.status, a.body)
						}
						continue
					}
					refused++
					a.refused(t, http.StatusForbidden, "forbidden")
				}
			}
			if refused < 3*7 {
				t.Errorf("only %d refusals", refused)
			}
			if n := s.count("select count(*) from platform.sign_in_flows where intent = 'reconnect'"); n != 0 {
				t.Error("a reconnection was begun")
			}
			if read[api.Connection](t, c.do("GET", "/api/v1/ui/connection")).Status != "active" {
				t.Error("the connection was ended")
			}
		})
	}
}
