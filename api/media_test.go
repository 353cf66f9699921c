package api_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"parlor/api"
	"parlor/auth"
	"parlor/conversations/media"
	"parlor/tenants"
)

// mediaStack is a stack that serves media: a directory as blob store, and a foreign server with files.
type mediaStack struct {
	*stack
	media *media.Media
	files map[string][]byte
	url   string
	asked int
}

// A picture and a video, large enough to come in several pieces.
var (
	picture = append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte("pixels "), 20_000)...)
	video   = append([]byte("\x00\x00\x00\x18ftypisom"), bytes.Repeat([]byte("frames "), 20_000)...)
	page    = []byte("<!doctype html><script>alert(document.domain)</script>")
)

func newMediaStack(t *testing.T) *mediaStack {
	t.Helper()
	s := &mediaStack{stack: newStack(t, options{}), files: map[string][]byte{"/picture": picture, "/video": video, "/page": page}}
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked++
		if s.files[r.URL.Path] == nil {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, "x.html", time.Time{}, bytes.NewReader(s.files[r.URL.Path]))
	}))
	t.Cleanup(foreign.Close)
	s.url = foreign.URL
	bucket := must(media.OpenBucket(t.Context(), "file://"+t.TempDir()))(t)
	t.Cleanup(func() { _ = bucket.Close() })
	s.media = must(media.New(media.Options{
		DB: s.db, Platform: s.platform, Bucket: bucket, Key: []byte("0123456789abcdef0123456789abcdef"), PublicURL: mustURL(t, origin),
		ExtraHosts: []string{foreign.Listener.Addr().String()},
	}))(t)
	s.server = must(api.New(api.Deps{
		PublicURL: mustURL(t, origin), Flow: s.doors.flow, Sessions: s.doors.sessions, Tokens: s.doors.tokens, Revocations: s.doors.revocations,
		Keys: s.doors.keys, Accounts: tenants.NewAccounts(s.platform), Users: tenants.NewUsers(s.platform), Media: s.media,
		Members: tenants.NewMembers(s.platform), Support: auth.NewSupport(s.doors.sessions),
	}))(t)
	s.client = &client{t: t, handler: s.server}
	return s
}

// holder is who a person's token names.
func (s *mediaStack) holder(p person) tenants.Principal {
	s.t.Helper()
	return must(s.doors.tokens.Verify(p.session.Token, auth.TypeUI))(s.t).Principal
}

// attachment writes a message with a file at the foreign server and returns its id.
func (s *mediaStack) attachment(account tenants.AccountID, kind, path string) uuid.UUID {
	s.t.Helper()
	conversation := s.converse(account, "amara", 1)
	var id uuid.UUID
	err := s.database.Admin(s.t).QueryRow(s.t.Context(), `update tenant.attachments a set type = $2, payload = jsonb_build_object('url', $3::text)
		from tenant.messages m where m.message_id = a.message_id and m.conversation_id = $1 returning attachment_id`, conversation, kind, s.url+path).Scan(&id)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func TestMediaAreShownAndCannotAct(t *testing.T) {
	t.Parallel()
	s := newMediaStack(t)
	p := s.owner("casalumen.studio")
	for name, tc := range map[string]struct {
		path, kind, is, disposition string
		data                        []byte
	}{
		"picture": {"/picture", "image", "image/png", "inline; filename=image.png", picture},
		"video":   {"/video", "video", "video/mp4", "inline; filename=video.mp4", video},
		"page":    {"/page", "image", "application/octet-stream", "attachment; filename=file", page},
	} {
		address := s.media.URL(s.attachment(p.accountID(), tc.kind, tc.path), s.holder(p))
		a := s.do("GET", address) // no token: an image cannot send one
		if a.status != 200 || a.body != string(tc.data) {
			t.Fatalf("%s: %d, %d bytes", name, a.status, len(a.body))
		}
		for header, want := range map[string]string{
			"Content-Type": tc.is, "Content-Disposition": tc.disposition, "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'",
			"Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin", "Content-Length": strconv.Itoa(len(tc.data)), "Accept-Ranges": "bytes", "Vary": "",
		} {
			if got := a.header.Get(header); got != want {
				t.Errorf("%s: %s = %q, want %q", name, header, got, want)
			}
		}
		var seconds int
		if _, err := fmt.Sscanf(a.header.Get("Cache-Control"), "private, max-age=%d", &seconds); err != nil || seconds <= 0 || seconds > 600 {
			t.Errorf("%s: Cache-Control = %q", name, a.header.Get("Cache-Control"))
		}
		head := s.do("HEAD", address)
		if head.status != 200 || head.body != "" || head.header.Get("Content-Length") != strconv.Itoa(len(tc.data)) || head.header.Get("Content-Type") != tc.is {
			t.Errorf("%s: HEAD = %d %v", name, head.status, head.header)
		}
		part := s.do("GET", address, with("Range", "bytes=100-199"))
		if len(tc.data) < 200 {
			continue
		}
		if part.status != 206 || part.body != string(tc.data[100:200]) || part.header.Get("Content-Range") != fmt.Sprintf("bytes 100-199/%d", len(tc.data)) || part.header.Get("Content-Type") != tc.is {
			t.Errorf("%s: part = %d %v", name, part.status, part.header)
		}
		s.do("GET", address, with("Range", "bytes=9999999-")).refused(t, 416, "range_not_satisfiable")
	}
}

func TestMediaNeedATicketOfALivingSession(t *testing.T) {
	t.Parallel()
	s := newMediaStack(t)
	mine, theirs := s.owner("casalumen.studio"), s.owner("nordkaffee")
	id := s.attachment(mine.accountID(), "image", "/picture")
	address := s.media.URL(id, s.holder(mine))
	_, ticket, _ := strings.Cut(address, "?")
	for name, target := range map[string]string{
		"no ticket": "/media/" + id.String(), "an empty one": "/media/" + id.String() + "?ticket=", "another thing's": "/media/" + uuid.NewString() + "?" + ticket,
		"as an upload": "/media/out/" + id.String() + "?" + ticket, "no id": "/media/x?" + ticket, "upper case": "/media/" + strings.ToUpper(id.String()) + "?" + ticket,
		"the nil id": "/media/" + uuid.Nil.String() + "?" + ticket, "changed": address[:len(address)-6] + "AAAAAA",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			a := s.do(method, target, with("Authorization", "Bearer "+mine.session.Token))
			a.refused(t, 403, "invalid_ticket")
			if a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: a refusal may be kept: %v", name, a.header)
			}
		}
	}
	// A right ticket for what another account has, and for what nobody has.
	foreign := s.do("GET", s.media.URL(id, s.holder(theirs)))
	missing := s.do("GET", s.media.URL(uuid.New(), s.holder(theirs)))
	foreign.refused(t, 404, "not_found")
	if foreign.bytesOf() != missing.bytesOf() {
		t.Errorf("a foreign file differs from a missing one:\n%s\n%s", foreign.bytesOf(), missing.bytesOf())
	}
	if s.asked != 0 {
		t.Errorf("the foreign server was asked %d times", s.asked)
	}
	s.do("POST", address).refused(t, 405, "method_not_allowed")
	if a := s.do("GET", address); a.status != 200 {
		t.Fatalf("before the sign-out: %d %s", a.status, a.body)
	}
	if a := mine.browser.do("DELETE", "/api/v1/ui/session", with("Authorization", "Bearer "+mine.session.Token)); a.status/100 != 2 {
		t.Fatalf("sign-out: %d %s", a.status, a.body)
	}
	eventually(t, "the ticket ends with its session", func() bool { return s.do("HEAD", address).status == 403 })
	s.do("GET", address).refused(t, 403, "ticket_expired")
}

// Whoever was removed from the account is out within two seconds, though the session goes on; so is one whose role has changed, until the
// message is read again.
func TestMediaAreClosedToWhoeverWasRemoved(t *testing.T) {
	t.Parallel()
	for kind, change := range map[tenants.AuthEventKind]string{tenants.MembershipRemoved: "removed_at = now()", tenants.MembershipChanged: "role = 'viewer'"} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := newMediaStack(t)
			p := s.owner("casalumen.studio")
			who := s.holder(p)
			address := s.media.URL(s.attachment(p.accountID(), "image", "/picture"), who)
			if a := s.do("GET", address); a.status != 200 {
				t.Fatalf("before: %d %s", a.status, a.body)
			}
			err := s.platform.InTx(t.Context(), func(tx *tenants.PlatformTx) error {
				_, err := tx.Exec(t.Context(), "update platform.memberships set version = version + 1, "+change+" where account_id = $1", who.AccountID)
				if err != nil {
					return err
				}
				return tx.Revoke(t.Context(), tenants.AuthEvent{Kind: kind, AccountID: who.AccountID, UserID: who.UserID, Version: who.Version + 1})
			})
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, "the ticket ends", func() bool { return s.do("HEAD", address).status == 403 })
		})
	}
}

func TestMediaOfASuspendedAccountAreClosed(t *testing.T) {
	t.Parallel()
	s := newMediaStack(t)
	p := s.owner("casalumen.studio")
	u := must(s.media.Accept(tenants.WithAccount(t.Context(), p.accountID()), "", bytes.NewReader(picture)))(t)
	view, out := s.media.URL(s.attachment(p.accountID(), "image", "/picture"), s.holder(p)), strings.TrimPrefix(s.media.OutURL(p.accountID(), u.ID), origin)
	for _, address := range []string{view, out} {
		if a := s.do("GET", address); a.status != 200 {
			t.Fatalf("before: %d %s", a.status, a.body)
		}
	}
	err := s.platform.InTx(t.Context(), func(tx *tenants.PlatformTx) error {
		if _, err := tx.Exec(t.Context(), "update platform.accounts set status = 'suspended' where account_id = $1", p.accountID()); err != nil {
			return err
		}
		return tx.Revoke(t.Context(), tenants.AuthEvent{Kind: tenants.AccountChanged, AccountID: p.accountID()})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{view, out} {
		eventually(t, "media are closed", func() bool { return s.do("HEAD", address).status == 403 })
	}
}

func TestFaultsOfMediaHaveTheirProblems(t *testing.T) {
	t.Parallel()
	s := newMediaStack(t)
	p := s.owner("casalumen.studio")
	get := func(path string) answer {
		return s.do("GET", s.media.URL(s.attachment(p.accountID(), "image", path), s.holder(p)))
	}
	get("/gone").refused(t, 410, "media_expired")
	s.url = "http://169.254.169.254"
	get("/latest/meta-data").refused(t, 502, "media_refused")
	s.url = ""
	get("").refused(t, 404, "not_found")
}

// A foreign file that breaks off must not look whole: neither to a browser nor to a cache.
func TestAFileThatBreaksOffIsNotWhole(t *testing.T) {
	t.Parallel()
	s := newMediaStack(t)
	p := s.owner("casalumen.studio")
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/announced" {
			w.Header().Set("Content-Length", "200000")
		}
		_, _ = w.Write(picture[:100_000])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(broken.Close)
	m := must(media.New(media.Options{
		DB: s.db, Key: []byte("0123456789abcdef0123456789abcdef"), PublicURL: mustURL(t, origin), ExtraHosts: []string{broken.Listener.Addr().String()},
	}))(t)
	lines := logLines{ch: make(chan string, 100)}
	server := must(api.New(api.Deps{
		PublicURL: mustURL(t, origin), Revocations: s.doors.revocations, Media: m, Logger: slog.New(slog.NewJSONHandler(lines, nil)),
	}))(t)
	address := listening(t, server.HTTPServer(""))
	s.url = broken.URL
	for _, path := range []string{"/announced", "/chunked"} {
		target := "http://" + address + m.URL(s.attachment(p.accountID(), "image", path), s.holder(p))
		response := must(http.DefaultClient.Do(localhost(t, target)))(t)
		data, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err == nil {
			t.Errorf("%s: %d bytes came as a whole file", path, len(data))
		}
		line := ""
		for !strings.Contains(line, `"http.request"`) {
			select {
			case line = <-lines.ch:
			case <-time.After(10 * time.Second):
				t.Fatalf("%s: an answer that broke off is not in the log", path)
			}
		}
		if !strings.Contains(line, `"broken_off":true`) {
			t.Errorf("%s: the log says %s", path, line)
		}
	}
}

// localhost is a request to the public host by another address.
func localhost(t *testing.T, target string) *http.Request {
	t.Helper()
	r := must(http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil))(t)
	r.Host = "localhost:8080"
	return r
}

// Signing out ends what is being passed on.
func TestASignOutEndsARunningFile(t *testing.T) {
	t.Parallel()
	s := newMediaStack(t)
	p := s.owner("casalumen.studio")
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(video)))
		_, _ = w.Write(video[:64_000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(slow.Close)
	m := must(media.New(media.Options{
		DB: s.db, Key: []byte("0123456789abcdef0123456789abcdef"), PublicURL: mustURL(t, origin), ExtraHosts: []string{slow.Listener.Addr().String()},
	}))(t)
	server := must(api.New(api.Deps{PublicURL: mustURL(t, origin), Revocations: s.doors.revocations, Media: m}))(t)
	address := listening(t, server.HTTPServer(""))
	s.url = slow.URL
	response := must(http.DefaultClient.Do(localhost(t, "http://"+address+m.URL(s.attachment(p.accountID(), "video", "/v"), s.holder(p)))))(t)
	defer response.Body.Close()
	if _, err := io.ReadFull(response.Body, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	mine := p.browser.do("DELETE", "/api/v1/ui/session", with("Authorization", "Bearer "+p.session.Token))
	if mine.status/100 != 2 {
		t.Fatalf("sign-out: %d", mine.status)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	context.AfterFunc(ctx, func() { _ = response.Body.Close() })
	if _, err := io.ReadAll(response.Body); err == nil || time.Since(began) > 8*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}
