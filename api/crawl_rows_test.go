package api_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"parlor/api"
	"parlor/auth"
	"parlor/tenants"
)

// principal is who a person's token names.
func (p person) principal(s *stack) tenants.Principal {
	s.t.Helper()
	return must(s.doors.tokens.Verify(p.session.Token, auth.TypeUI, auth.TypeStaff))(s.t).Principal
}

func (p person) within(s *stack) context.Context {
	return tenants.WithPrincipal(s.t.Context(), p.principal(s))
}

// newUser makes a person who has signed in at some time.
func (s *stack) newUser(name string) tenants.User {
	s.t.Helper()
	var user tenants.User
	err := s.platform.InTx(s.t.Context(), func(tx *tenants.PlatformTx) (err error) {
		user, _, err = tenants.NewUsers(s.platform).FindOrCreateByIdentity(s.t.Context(), tx, tenants.Identity{
			Provider: "oidc", Subject: uuid.NewString(), DisplayName: name,
		})
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return user
}

// member makes one more member of a person's account.
func (s *stack) member(p person, role tenants.Role) tenants.UserID {
	s.t.Helper()
	user := s.newUser("Ana")
	err := s.platform.InTx(s.t.Context(), func(tx *tenants.PlatformTx) error {
		_, err := tenants.NewMemberships(s.platform).Grant(s.t.Context(), tx, p.accountID(), user.ID, role)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return user.ID
}

func (s *stack) labelOf(p person) string {
	s.t.Helper()
	return read[api.Label](s.t, p.do("POST", "/api/v1/ui/labels", body(`{"name":"Wholesale","colour":"green"}`))).ID
}

func (s *stack) noteOf(p person, conversation string) string {
	s.t.Helper()
	return read[api.Note](s.t, p.do("POST", "/api/v1/ui/conversations/"+conversation+"/notes", body(`{"client_id":"`+uuid.NewString()+`","text":"VIP"}`))).ID
}

func (s *stack) savedReplyOf(p person) string {
	s.t.Helper()
	return read[api.SavedReply](s.t, p.do("POST", "/api/v1/ui/saved-replies", body(`{"name":"Prices","text":"Cups are 18 €."}`))).ID
}

func (s *stack) memberOf(p person) string { return s.member(p, tenants.RoleAgent).String() }

func (s *stack) invitationOf(p person) string {
	s.t.Helper()
	i, _, err := tenants.NewTeam(s.platform).Invite(p.within(s), tenants.RoleAgent, "", time.Hour)
	if err != nil {
		s.t.Fatal(err)
	}
	return i.ID.String()
}

func (s *stack) keyOf(p person) string {
	s.t.Helper()
	key, _, err := s.doors.keys.Create(s.t.Context(), auth.NewAPIKey{
		AccountID: p.accountID(), Name: "crawl", Scopes: []tenants.Permission{tenants.ConversationsRead},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return key.ID
}

const why = "the customer sees no pictures"

// visitTo opens a visit of support to a person's account and returns its id.
func (s *stack) visitTo(p person) string {
	s.t.Helper()
	helen := s.staff("helen")
	o, err := auth.NewSupport(s.doors.sessions).OpenVisit(s.t.Context(), helen.principal(s), p.accountID(), why, 20)
	if err != nil {
		s.t.Fatal(err)
	}
	return o.Visit.ID.String()
}

func (s *stack) sessionOf(p person) string { return p.principal(s).SessionID.String() }

// What is not there is missing for staff, too, who may see every account.
func TestStaffMissesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	c := s.staff("operator").client
	for _, row := range s.server.Rows() {
		if row.Who != "staff" || parameter.FindString(row.Path) == "" {
			continue
		}
		for _, id := range []string{uuid.NewString(), uuid.Nil.String(), "x", tenants.ProbeAccountA.String()} {
			call(c, row, id).refused(t, http.StatusNotFound, "not_found")
		}
	}
}
