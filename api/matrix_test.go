package api_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"parlor/api"
	"parlor/auth"
	"parlor/tenants"
)

// What each kind of caller may do, written down once more and by hand: who changes tenants/role.go says here that he means it.
var may = map[string]string{
	"owner": `account:leave audit:export audit:read connection:manage connection:read conversations:read conversations:triage conversations:update data:erase drafts:keep insights:read keys:manage
		members:manage members:read messages:send notes:read notes:write notices:receive participants:read support:manage support:read`,
	"agent":                `account:leave connection:read conversations:read conversations:triage conversations:update drafts:keep insights:read members:read messages:send notes:read notes:write notices:receive participants:read`,
	"viewer":               `account:leave connection:read conversations:read conversations:update insights:read members:read notes:read notices:receive participants:read`,
	"operator":             `installation:manage installation:read support:open`,
	"support":              `installation:read support:open`,
	"visit that reads":     `connection:read conversations:read notes:read participants:read`,
	"visit that may reply": `connection:read conversations:read messages:send notes:read participants:read`,
	"key to read":          `conversations:read`,
	"key to people":        `participants:read`,
	"key to send":          `messages:send`,
	"nobody":               ``,
}

// caller is one column of the matrix.
type caller struct {
	name  string
	kind  string // nobody, session, staff (a session without an account), visit, key
	reads bool   // a visit that may not reply
	fresh bool
	token func(t *testing.T, alone bool) string // alone: of a person nobody else is, for what ends him
}

func (c caller) may(permission string) bool {
	return slices.Contains(strings.Fields(may[strings.TrimSuffix(c.name, ", long ago")]), permission)
}

// described is one row of the matrix: what the document says of a route.
type described struct {
	Caller     string `json:"x-caller"`
	Permission string `json:"x-permission"`
	Fresh      bool   `json:"x-fresh"`
	OnVisit    bool   `json:"x-on-visit"`
}

// expected is the refusal that the document and the table above lead to; "" lets the caller in.
func (d described) expected(method string, c caller) string {
	reads := method == http.MethodGet || method == http.MethodHead
	switch d.Caller {
	case "anyone", "meta":
		return ""
	case "key":
		switch {
		case c.kind == "nobody":
			return "missing_key"
		case c.kind != "key":
			return "invalid_key"
		case !c.may(d.Permission):
			return "insufficient_scope"
		}
		return ""
	}
	switch {
	case c.kind == "nobody":
		return "missing_token"
	case c.kind == "key", d.Caller == "session" && c.kind == "staff":
		return "invalid_token"
	case d.Caller == "person" && c.kind == "visit" && !d.OnVisit:
		return "forbidden"
	case d.Caller == "person":
	case c.reads && !reads && slices.Contains([]string{"messages:send", "conversations:update", "conversations:triage", "notes:write"}, d.Permission):
		return "support_read_only"
	case !c.may(d.Permission):
		return "forbidden"
	}
	if d.Fresh && !c.fresh {
		return "step_up_required"
	}
	return ""
}

// TestMatrix calls every route of gin's table as every kind of caller, proved by each provider, and compares with what the OpenAPI document
// says of the route. A route that the document does not know fails.
func TestMatrix(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	callers := s.matrixCallers()
	calls := 0
	for _, mounted := range s.server.Mounted() {
		d := s.described(mounted.Method, mounted.Path)
		if !strings.HasPrefix(mounted.Path, "/api/") {
			if d.Caller != "anyone" && d.Caller != "meta" {
				t.Errorf("%s %s outside of the API is for %s", mounted.Method, mounted.Path, d.Caller)
			}
			continue
		}
		if d.Caller == "proof" {
			continue // who asks there is asked by its own tests
		}
		for _, c := range callers {
			want := d.expected(mounted.Method, c)
			within := time.Minute
			if mounted.Path == "/api/v1/ui/events" && want == "" {
				within = 30 * time.Millisecond // a stream that was let in goes on
			}
			got := s.refusal(within, mounted.Method, mounted.Path, c.token(t, endsCaller(mounted.Method, mounted.Path)))
			calls++
			if got != want {
				t.Errorf("%s %s by %s: %q, want %q", mounted.Method, mounted.Path, c.name, got, want)
			}
		}
	}
	t.Logf("%d routes, %d callers, %d calls", len(s.server.Mounted()), len(callers), calls)
	if calls < 1000 {
		t.Errorf("only %d calls", calls)
	}
}

// endsCaller reports whether a call without further ids takes the caller's place or session away.
func endsCaller(method, path string) bool {
	return method == http.MethodDelete && !strings.Contains(path, ":")
}

// matrixCallers are the columns: each kind of caller, and each person once by every provider.
func (s *stack) matrixCallers() []caller {
	s.t.Helper()
	home := s.owner("casalumen.studio")
	list := []caller{{name: "nobody", kind: "nobody", token: func(*testing.T, bool) string { return "" }}}
	for name, scope := range map[string]tenants.Permission{
		"key to read": tenants.ConversationsRead, "key to people": tenants.ParticipantsRead, "key to send": tenants.MessagesSend,
	} {
		key := s.key(home.accountID(), scope)
		list = append(list, caller{name: name, kind: "key", token: func(*testing.T, bool) string { return key }})
	}
	for _, provider := range []string{auth.BootstrapID, auth.InstagramID, "oidc"} {
		for _, ago := range []time.Duration{0, time.Hour} {
			list = append(list, s.matrixPeople(home, provider, ago)...)
		}
	}
	return append(list, s.matrixVisits(home)...)
}

func (s *stack) matrixPeople(home person, provider string, ago time.Duration) []caller {
	s.t.Helper()
	var list []caller
	for name, p := range map[string]tenants.Principal{
		"owner":    {AccountID: home.accountID(), Role: tenants.RoleOwner, Version: 1},
		"agent":    {AccountID: home.accountID(), Role: tenants.RoleAgent, Version: 1},
		"viewer":   {AccountID: home.accountID(), Role: tenants.RoleViewer, Version: 1},
		"operator": {StaffRole: tenants.StaffOperator}, "support": {StaffRole: tenants.StaffSupport},
	} {
		kind := "session"
		if p.AccountID.IsZero() {
			kind = "staff"
		}
		shared := s.minted(home, p, provider, ago)
		c := caller{name: name, kind: kind, fresh: ago == 0, token: func(_ *testing.T, alone bool) string {
			if alone {
				return s.minted(home, p, provider, ago)
			}
			return shared
		}}
		if ago > 0 {
			c.name += ", long ago"
		}
		list = append(list, c)
	}
	return list
}

// minted is a token of a fresh person who really has that role, signed in some time ago.
func (s *stack) minted(home person, p tenants.Principal, provider string, ago time.Duration) string {
	s.t.Helper()
	user := s.newUser("somebody")
	p.UserID, p.SessionID, p.Provider = user.ID, tenants.NewSessionID(), provider
	err := s.platform.InTx(s.t.Context(), func(tx *tenants.PlatformTx) error {
		if p.StaffRole != "" {
			_, err := tx.Exec(s.t.Context(), `update platform.users set staff_role = $2 where user_id = $1`, user.ID, p.StaffRole)
			return err
		}
		_, err := tenants.NewMemberships(s.platform).Grant(s.t.Context(), tx, home.accountID(), user.ID, p.Role)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	now := time.Now()
	return must(s.doors.tokens.Issue(auth.Subject{Principal: p, AuthTime: now.Add(-ago), NotAfter: now.Add(24 * time.Hour)}))(s.t).Token
}

func (s *stack) matrixVisits(home person) []caller {
	s.t.Helper()
	yes, generous := true, s.owner("nordkaffee")
	support := auth.NewSupport(s.doors.sessions)
	if _, err := support.Change(generous.within(s), nil, &yes); err != nil {
		s.t.Fatal(err)
	}
	to := func(host person) func(*testing.T, bool) string {
		open := func() string {
			return must(support.OpenVisit(s.t.Context(), s.staff("helen").principal(s), host.accountID(), why, 30))(s.t).Token
		}
		shared := open()
		return func(_ *testing.T, alone bool) string {
			if alone {
				return open()
			}
			return shared
		}
	}
	return []caller{
		{name: "visit that reads", kind: "visit", reads: true, fresh: true, token: to(home)},
		{name: "visit that may reply", kind: "visit", fresh: true, token: to(generous)},
	}
}

// matrixClient numbers the clients, of which each asks once.
var matrixClient atomic.Uint32

// refusal is the code with which the guard refuses; "" when the request got past it, whatever then became of it.
func (s *stack) refusal(within time.Duration, method, path, token string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), within)
	defer cancel()
	a := s.do(method, fill(template(path), uuid.NewString()), func(r *http.Request) {
		*r = *r.WithContext(ctx)
		r.RemoteAddr = netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, 10<<24+matrixClient.Add(1)))).String() + ":1024" // wrong keys are counted by client
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
	})
	var p api.Problem
	if a.status != http.StatusUnauthorized && a.status != http.StatusForbidden || json.Unmarshal([]byte(a.body), &p) != nil {
		return ""
	}
	if p.Code == "no_session" { // the session endpoint itself was reached
		return ""
	}
	return p.Code
}

// template writes gin's path as a template: :id becomes {id}.
func template(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if name, found := strings.CutPrefix(part, ":"); found {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

// described returns what the document says of a mounted route.
func (s *stack) described(method, path string) described {
	s.t.Helper()
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	a := s.do(http.MethodGet, "/openapi.json")
	if err := json.Unmarshal([]byte(a.body), &document); err != nil {
		s.t.Fatal(err)
	}
	raw, known := document.Paths[template(path)][strings.ToLower(method)]
	if !known {
		s.t.Errorf("%s %s is not in the document", method, path)
		return described{}
	}
	var d described
	if err := json.Unmarshal(raw, &d); err != nil || d.Caller == "" {
		s.t.Errorf("%s %s: the document does not say for whom it is: %v", method, path, err)
	}
	return d
}

// TestMatrixIsOfEveryRole: a role, a mode or a scope that is new has a column.
func TestMatrixIsOfEveryRole(t *testing.T) {
	t.Parallel()
	for name, permissions := range map[string][]tenants.Permission{
		"owner": tenants.RoleOwner.Permissions(), "agent": tenants.RoleAgent.Permissions(), "viewer": tenants.RoleViewer.Permissions(),
		"operator": tenants.StaffOperator.Permissions(), "support": tenants.StaffSupport.Permissions(),
		"visit that reads": tenants.SupportRead.Permissions(), "visit that may reply": tenants.SupportReply.Permissions(),
	} {
		var words []string
		for _, p := range permissions {
			words = append(words, string(p))
		}
		slices.Sort(words)
		if got, want := strings.Join(words, " "), strings.Join(strings.Fields(may[name]), " "); got != want {
			t.Errorf("%s may %s, and this test says %s", name, got, want)
		}
	}
	if got := fmt.Sprint(tenants.KeyScopes()); got != "[conversations:read participants:read messages:send]" {
		t.Errorf("keys may carry %s", got)
	}
}
