package api_test

import (
	"strings"
	"testing"

	"parlor/tenants"
)

// Who reads or writes is told to the account's other pages, and to nobody else's.
func TestPresence(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	address := listening(t, s.server.HTTPServer(""))
	owner, stranger := s.owner("casalumen.studio"), s.owner("nordkaffee")
	amara := s.converse(owner.accountID(), "amara", 1)
	theirs := s.listen(address, stranger.session.Token)
	theirs.want(t, "hello")
	ours := s.listen(address, owner.session.Token)
	ours.want(t, "hello")
	path := "/api/v1/ui/conversations/" + amara + "/presence"
	if got := owner.do("PUT", path, body(`{"state":"typing"}`)); got.status != 204 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	me := owner.principal(s).UserID.String()
	if got := ours.want(t, "presence").data; !strings.Contains(got, `"`+amara+`"`) || !strings.Contains(got, `"`+me+`"`) || !strings.Contains(got, `"typing"`) {
		t.Errorf("told %s", got)
	}
	for name, got := range map[string]answer{
		"a state of nobody's": owner.do("PUT", path, body(`{"state":"sleeping"}`)),
		"a stranger's":        stranger.do("PUT", path, body(`{"state":"typing"}`)),
		"a viewer's":          s.colleague(owner, tenants.RoleViewer).do("PUT", path, body(`{"state":"typing"}`)),
	} {
		if got.status < 400 {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	stranger.do("PUT", "/api/v1/ui/conversations/"+s.converse(stranger.accountID(), "theirs", 1)+"/presence", body(`{"state":"viewing"}`))
	if got := theirs.want(t, "presence").data; strings.Contains(got, amara) {
		t.Errorf("a stranger is told %s", got)
	}
}
