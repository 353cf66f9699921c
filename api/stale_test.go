package api_test

import (
	"sync/atomic"
	"testing"
	"time"

	"parlor/tenants"
)

// While nobody can know who was signed out, what is there can be read, and nothing is changed.
func TestStaleRevocationsStopWrites(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	s := newStack(t, options{now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	p := s.owner("casalumen.studio")
	one := inboxPath + "/" + s.converse(p.accountID(), "amara", 1)
	key := s.key(p.accountID(), tenants.ConversationsRead)
	if a := p.do("PATCH", one, body(`{"read_seq":1}`)); a.status != 200 {
		t.Fatalf("before: %d %s", a.status, a.body)
	}
	s.as(key).do("GET", "/api/v1/conversations") // known from here on, without a query
	s.platform.Close()
	ahead.Store(int64(time.Minute))
	eventually(t, "revocations are stale", s.doors.revocations.Stale)
	a := p.do("PATCH", one, body(`{"read_seq":1}`))
	a.refused(t, 503, "revocations_stale")
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if a := p.do("GET", inboxPath); a.status != 200 {
		t.Errorf("reading: %d %s", a.status, a.body)
	}
}
