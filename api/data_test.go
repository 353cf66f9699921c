package api_test

import (
	"testing"
	"time"

	"parlor/api"
)

func TestAnOwnerReadsHowLongThingsAreKept(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{change: func(d *api.Deps) { d.Keeps = api.Keeps{Raw: 36 * time.Hour, Unreadable: time.Hour, MediaDays: 30} }})
	got := read[api.Retention](t, s.owner("casalumen.studio").do("GET", "/api/v1/ui/retention"))
	if want := (api.Retention{RawSeconds: 129_600, UnreadableSeconds: 129_600, MediaDays: 30}); got != want {
		t.Errorf("retention = %+v, want %+v", got, want)
	}
}

// What a person types is looked for as it is written, by username and by name, in their account alone.
func TestAnOwnerFindsACustomerToErase(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p, other := s.owner("casalumen.studio"), s.owner(s.sim.Businesses()[1].Username)
	id := s.converse(p.accountID(), "amara_lee", 1)
	s.converse(p.accountID(), "amaraxlee", 1)
	s.converse(other.accountID(), "amara_of_others", 1)
	find := func(query string) []api.FoundParticipant {
		return read[api.FoundList](t, p.do("GET", "/api/v1/ui/participants?q="+query)).Items
	}
	if got := find("AMARA"); len(got) != 2 {
		t.Errorf("a part of the name finds %d", len(got))
	}
	got := find("%40amara_")
	if len(got) != 1 || *got[0].Username != "amara_lee" || got[0].ConversationID == nil || *got[0].ConversationID != id {
		t.Fatalf("the name as it is written finds %+v", got)
	}
	for _, none := range []string{"", "%20", "%25", "nobody", "of_others"} {
		if got := find(none); len(got) != 0 {
			t.Errorf("%q finds %+v", none, got)
		}
	}
	read[api.Receipt](t, p.do("DELETE", "/api/v1/ui/participants/"+got[0].ID))
	if got := find("amara_"); len(got) != 0 {
		t.Errorf("who was erased is found: %+v", got)
	}
}
