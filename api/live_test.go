package api_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"parlor/auth"
	"parlor/tenants"
)

// event is one server-sent event.
type event struct{ name, data string }

// events is an open stream; the channel is closed with it.
type events struct {
	header http.Header
	next   chan event
	close  context.CancelFunc
}

// listen opens the stream of a token over a real connection.
func (s *stack) listen(address, token string) events {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	s.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/api/v1/ui/events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Host = "localhost:8080"
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		cancel()
		s.t.Fatalf("stream: %d", response.StatusCode)
	}
	e := events{header: response.Header, next: make(chan event, 100), close: cancel}
	go func() {
		defer close(e.next)
		defer response.Body.Close()
		var got event
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			switch name, value, _ := strings.Cut(lines.Text(), ": "); name {
			case "":
				if value == "ping" {
					e.next <- event{name: "ping"}
				}
			case "event":
				got.name = value
			case "data":
				got.data = value
				e.next <- got
			}
		}
	}()
	return e
}

// want waits for the next event, which must be of that name.
func (e events) want(tb testing.TB, name string) event {
	tb.Helper()
	select {
	case got, open := <-e.next:
		if !open || got.name != name {
			tb.Fatalf("event = %+v (open: %v), want %s", got, open, name)
		}
		return got
	case <-time.After(5 * time.Second):
		tb.Fatalf("no %s within 5 s", name)
		return event{}
	}
}

// wantEnd waits for the end of the stream.
func (e events) wantEnd(tb testing.TB, within time.Duration) {
	tb.Helper()
	deadline := time.After(within)
	for {
		select {
		case got, open := <-e.next:
			if !open {
				return
			}
			tb.Logf("before the end: %+v", got)
		case <-deadline:
			tb.Fatalf("the stream is still open after %v", within)
		}
	}
}

func TestLiveMessageReachesItsAccountAlone(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	address := listening(t, s.server.HTTPServer(""))
	mine, theirs := s.owner("casalumen.studio"), s.owner("nordkaffee")
	ours, others := s.listen(address, mine.session.Token), s.listen(address, theirs.session.Token)
	ours.want(t, "hello")
	others.want(t, "hello")
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream", "X-Accel-Buffering": "no", "Cache-Control": "no-store", "Content-Encoding": "",
	} {
		if got := ours.header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	const account = "17841463072915507"
	if a := s.do("POST", webhooks, signed(delivery(account, item("711", account, "m1", "a secret text")))...); a.status != 200 {
		t.Fatalf("delivery: %d", a.status)
	}
	got := ours.want(t, "message")
	if !strings.Contains(got.data, `"direction":"inbound"`) || !strings.Contains(got.data, `"conversation_id":"`) || strings.Contains(got.data, "secret") {
		t.Errorf("event = %+v", got)
	}
	select {
	case e := <-others.next:
		t.Errorf("the other account gets %+v", e)
	case <-time.After(300 * time.Millisecond): // only the absence is waited for
	}
}

func TestReadingIsToldToThatPersonAlone(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	address := listening(t, s.server.HTTPServer(""))
	owner, operator := s.owner("casalumen.studio"), s.staff("operator")
	id := s.converse(owner.accountID(), "amara", 2)
	own, colleague := s.listen(address, owner.session.Token), s.listen(address, operator.session.Token)
	own.want(t, "hello")
	colleague.want(t, "hello")
	if a := owner.do("PATCH", "/api/v1/ui/conversations/"+id, body(`{"read_seq":2}`)); a.status != 200 {
		t.Fatalf("mark as read: %d %s", a.status, a.body)
	}
	if got := own.want(t, "conversation"); got.data != `{"conversation_id":"`+id+`"}` {
		t.Errorf("event = %+v", got)
	}
	select {
	case e := <-colleague.next:
		t.Errorf("a colleague gets %+v", e)
	case <-time.After(300 * time.Millisecond):
	}
}

func TestStreamEndsWithTheSession(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	address := listening(t, s.server.HTTPServer(""))
	p := s.owner("casalumen.studio")
	stream := s.listen(address, p.session.Token)
	stream.want(t, "hello")
	begun := time.Now()
	p.do("DELETE", "/api/v1/ui/session")
	stream.want(t, "auth_expired")
	stream.wantEnd(t, time.Second)
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("the stream ended %v after the sign-out", took)
	}
}

func TestStreamEndsWithTheToken(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	address := listening(t, s.server.HTTPServer(""))
	p := s.owner("casalumen.studio")
	v := must(s.doors.tokens.Verify(p.session.Token, auth.TypeUI))(t)
	short := must(s.doors.tokens.Issue(auth.Subject{Principal: v.Principal, AuthTime: v.AuthTime, NotAfter: time.Now().Add(2 * time.Second)}))(t)
	stream := s.listen(address, short.Token)
	stream.want(t, "hello")
	stream.want(t, "auth_expired")
	stream.wantEnd(t, time.Second)
}

func TestStreamsOfOneSessionAreCounted(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	address := listening(t, s.server.HTTPServer(""))
	p := s.owner("casalumen.studio")
	var open []events
	for range 12 {
		e := s.listen(address, p.session.Token)
		e.want(t, "hello")
		open = append(open, e)
	}
	p.do("GET", "/api/v1/ui/events").refused(t, 429, "too_many_streams")
	open[0].close()
	eventually(t, "the seat is free again", func() bool {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/api/v1/ui/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "localhost:8080"
		r.Header.Set("Authorization", "Bearer "+p.session.Token)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
}

func TestQuietStreamPings(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	s.server.PingEvery(50 * time.Millisecond)
	stream := s.listen(listening(t, s.server.HTTPServer("")), s.owner("casalumen.studio").session.Token)
	stream.want(t, "hello")
	stream.want(t, "ping")
	stream.want(t, "ping")
}

// A stream outlives the limits that every other answer has.
func TestStreamOutlivesTheServersTimeouts(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	s.server.PingEvery(100 * time.Millisecond)
	server := s.server.HTTPServer("")
	server.ReadTimeout, server.WriteTimeout = 300*time.Millisecond, 300*time.Millisecond
	stream := s.listen(listening(t, server), s.owner("casalumen.studio").session.Token)
	stream.want(t, "hello")
	for begun := time.Now(); time.Since(begun) < time.Second; {
		stream.want(t, "ping")
	}
}

func TestShutdownEndsStreams(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	server := s.server.HTTPServer("")
	stream := s.listen(listening(t, server), s.owner("casalumen.studio").session.Token)
	stream.want(t, "hello")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	stream.wantEnd(t, time.Second)
}

func TestStreamNeedsASessionOfAnAccount(t *testing.T) {
	t.Parallel()
	s := newStack(t, options{})
	p := s.owner("casalumen.studio")
	for name, change := range map[string]change{
		"nothing":    with("Accept", "text/event-stream"),
		"the cookie": with("Cookie", "parlor_session="+p.browser.cookies["parlor_session"]),
		"a token in the query": func(r *http.Request) {
			r.URL.RawQuery = "token=" + p.session.Token + "&access_token=" + p.session.Token
		},
		"an API key": with("Authorization", "Bearer "+s.key(p.accountID(), tenants.ConversationsRead)),
	} {
		if a := s.do("GET", "/api/v1/ui/events", change); a.status != 401 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}
