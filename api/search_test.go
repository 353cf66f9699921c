package api_test

import (
	"net/url"
	"strings"
	"testing"

	"parlor/api"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	owner, other := s.owner("casalumen.studio"), s.owner("nordkaffee")
	s.receive(owner, item("711", owner.connection().InstagramUserID, "m1", "Is the blue bowl still there?"))
	s.receive(other, item("712", other.connection().InstagramUserID, "m2", "A blue bowl of somebody else's"))
	find := func(p person, query string) api.SearchPage {
		t.Helper()
		return read[api.SearchPage](t, p.do("GET", "/api/v1/ui/search?q="+url.QueryEscape(query)))
	}
	page := find(owner, "BLUE böw")
	if len(page.Items) != 1 || page.NextCursor != nil || page.Complete || len(page.People) != 0 {
		t.Fatalf("found %+v", page)
	}
	hit := page.Items[0]
	var marked []string
	for _, part := range hit.Snippet {
		if part.Hit {
			marked = append(marked, part.Text)
		}
	}
	if strings.Join(marked, " ") != "blue bowl" || hit.Direction != "inbound" {
		t.Errorf("hit = %+v", hit)
	}
	if thread := owner.do("GET", "/api/v1/ui/conversations/"+hit.ConversationID+"/messages"); !strings.Contains(thread.body, hit.MessageID) {
		t.Errorf("the message is not in its thread: %s", thread.body)
	}
	if again := find(other, "bowl"); len(again.Items) != 1 || again.Items[0].ConversationID == hit.ConversationID {
		t.Errorf("the other account finds %+v", again.Items)
	}
	for _, query := range []string{"", "q=", "q=%20%21", "q=x&cursor=nonsense", "q=x&limit=0", "q=" + strings.Repeat("x", 201)} {
		if got := owner.do("GET", "/api/v1/ui/search?"+query); got.status != 422 {
			t.Errorf("%q: %d", query, got.status)
		}
	}
}
