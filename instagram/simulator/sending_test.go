package simulator_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parlor/instagram"
	"parlor/instagram/simulator"
)

// shop is a business with a token and one customer who has just written.
type shop struct {
	world
	business simulator.Business
	token    instagram.Secret
	igsid    string
	mid      string // of what the customer wrote
}

func open(t *testing.T, o simulator.Options) shop {
	t.Helper()
	if o.Conversations == 0 {
		o.Conversations = -1
	}
	w := start(t, o)
	s := shop{world: w, business: w.Businesses()[0], token: w.longToken(t, casa).Value}
	if err := w.client.Subscribe(t.Context(), s.token); err != nil {
		t.Fatal(err)
	}
	m := s.write(t, simulator.Draft{Customer: "iris", Text: "Olá"})
	s.igsid, s.mid = m.IGSID, m.MID
	return s
}

func (s shop) write(t *testing.T, d simulator.Draft) simulator.Message {
	t.Helper()
	m, _, err := s.WriteDraft(s.business, d)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (s shop) advance(t *testing.T, by time.Duration) {
	t.Helper()
	if status, answer := s.post(t, "/_sim/clock", map[string]any{"advance_seconds": by.Seconds()}); status != http.StatusOK {
		t.Fatalf("clock: %d %v", status, answer)
	}
}

// refused asserts that an error is Instagram's of that code and subcode.
func refused(t *testing.T, what string, err error, code, subcode int) {
	t.Helper()
	var api *instagram.APIError
	if !errors.As(err, &api) || api.Code != code || api.Subcode != subcode {
		t.Errorf("%s: %v, want %d/%d", what, err, code, subcode)
	}
}

func TestSendIsEchoed(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]bool{"after the answer": false, "before the answer": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, callback := receive(t, 0)
			s := open(t, simulator.Options{CallbackURL: callback, Shapes: simulator.Shapes{EchoFirst: first}})
			r.wait(t, 1)
			mid, err := s.client.Send(t.Context(), s.token, instagram.Outgoing{To: s.igsid, Text: "Bom dia 🤍"})
			if err != nil {
				t.Fatal(err)
			}
			if first && len(r.arrived) != 1 {
				t.Error("the answer came before the echo")
			}
			items := r.wait(t, 1)
			echo := items[len(items)-1]
			if echo.Kind != instagram.KindEcho || echo.MID != mid || echo.Message.AppID != simulator.DefaultAppID || echo.Customer() != s.igsid {
				t.Errorf("echo %+v", echo)
			}
			sent := s.Sent(casa)
			if len(sent) != 1 || sent[0].MID != mid || sent[0].Text != "Bom dia 🤍" || sent[0].Customer != "iris" {
				t.Errorf("sent %+v", sent)
			}
		})
	}
}

func TestSendRefuses(t *testing.T) {
	t.Parallel()
	s := open(t, simulator.Options{})
	onlyEcho := s.write(t, simulator.Draft{Customer: "silent", Text: "Hi?", Echo: true})
	blocked := s.write(t, simulator.Draft{Customer: "gone", Text: "bye"})
	if status, answer := s.post(t, "/_sim/customers", map[string]any{"business": casa, "customer": "gone", "blocked": true}); status != http.StatusOK || answer["igsid"] != blocked.IGSID {
		t.Fatalf("customers: %d %v", status, answer)
	}
	tests := map[string]struct {
		out           instagram.Outgoing
		code, subcode int
	}{
		"nobody":          {instagram.Outgoing{To: "1234567", Text: "hi"}, 100, 2018001},
		"never wrote":     {instagram.Outgoing{To: onlyEcho.IGSID, Text: "hi"}, 10, 2534022},
		"blocked":         {instagram.Outgoing{To: blocked.IGSID, Text: "hi"}, 551, 1545041},
		"empty":           {instagram.Outgoing{To: s.igsid}, 100, 0},
		"1,001 bytes":     {instagram.Outgoing{To: s.igsid, Text: strings.Repeat("é", 500) + "a"}, 100, 2018109},
		"tag not allowed": {instagram.Outgoing{To: s.igsid, Text: "hi", HumanAgent: true}, 100, 2018276},
	}
	for name, tc := range tests {
		_, err := s.client.Send(t.Context(), s.token, tc.out)
		refused(t, name, err, tc.code, tc.subcode)
	}
	if _, err := s.client.Send(t.Context(), s.token, instagram.Outgoing{To: s.igsid, Text: strings.Repeat("é", 500)}); err != nil {
		t.Errorf("1,000 bytes: %v", err)
	}
	short, err := s.client.Exchange(t.Context(), s.code(t, casa, "&sim_scopes=instagram_business_basic"), redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.client.Send(t.Context(), short.Value, instagram.Outgoing{To: s.igsid, Text: "hi"})
	refused(t, "permission", err, 200, 0)
}

func TestWindowFollowsTheClock(t *testing.T) {
	t.Parallel()
	s := open(t, simulator.Options{Shapes: simulator.Shapes{HumanAgent: true}})
	send := func(agent bool) error {
		_, err := s.client.Send(t.Context(), s.token, instagram.Outgoing{To: s.igsid, Text: "hi", HumanAgent: agent})
		return err
	}
	s.advance(t, 23*time.Hour)
	if err := send(false); err != nil {
		t.Errorf("within a day: %v", err)
	}
	s.advance(t, time.Hour)
	refused(t, "after a day, for an echo opens nothing", send(false), 10, 2534022)
	if err := send(true); err != nil {
		t.Errorf("with the tag: %v", err)
	}
	s.advance(t, 6*24*time.Hour)
	refused(t, "after a week", send(true), 10, 2534022)
	if _, _, err := s.Do(simulator.Act{Kind: "postback", Business: casa, Customer: "iris", Title: "Prices", Payload: "P"}); err != nil {
		t.Fatal(err)
	}
	if err := send(false); err != nil {
		t.Errorf("after a tap: %v", err)
	}
	if status, _ := s.post(t, "/_sim/clock", map[string]any{"now": "2020-01-01T00:00:00Z"}); status != http.StatusUnprocessableEntity {
		t.Errorf("the clock went back: %d", status)
	}
	s.advance(t, 60*24*time.Hour)
	refused(t, "expired", send(false), 190, 463)
}

func TestAttachmentsAreFetched(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	large := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = w.Write(append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 8<<20)...))
	}))
	t.Cleanup(large.Close)
	r, callback := receive(t, 0)
	s := open(t, simulator.Options{CallbackURL: callback})
	r.wait(t, 1)
	media := s.url + "/_sim/media/"
	for kind, name := range map[string]string{"image": "cup.png", "video": "wheel.mp4", "audio": "voice.wav", "file": "prices.pdf"} {
		mid, err := s.client.Send(t.Context(), s.token, instagram.Outgoing{
			To: s.igsid, Attachment: &instagram.OutgoingAttachment{Type: kind, URL: media + name},
		})
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		items := r.wait(t, 1)
		echo := items[len(items)-1]
		if echo.MID != mid || len(echo.Message.Attachments) != 1 || echo.Message.Attachments[0].Type != kind {
			t.Fatalf("%s: echo %+v", kind, echo)
		}
		if _, held := s.call(t, http.MethodGet, strings.TrimPrefix(echo.Message.Attachments[0].URL, s.url), ""); held != second(s.call(t, http.MethodGet, "/_sim/media/"+name, "")) {
			t.Errorf("%s: the customer has another file", kind)
		}
	}
	for name, tc := range map[string]struct {
		kind, url string
		subcode   int
	}{
		"wrong type": {"image", media + "prices.pdf", 2018047}, "missing": {"image", media + "cup.xyz", 2018008},
		"too large": {"image", large.URL, 2018008}, "no address": {"image", "file:///etc/passwd", 2018008}, "unknown kind": {"sticker", media + "cup.png", 0},
	} {
		_, err := s.client.Send(t.Context(), s.token, instagram.Outgoing{To: s.igsid, Attachment: &instagram.OutgoingAttachment{Type: tc.kind, URL: tc.url}})
		refused(t, name, err, 100, tc.subcode)
	}
	if asked.Load() != 1 {
		t.Errorf("the large file was asked for %d times", asked.Load())
	}
}

func second(_ int, text string) string { return text }

func TestSignsAndReactions(t *testing.T) {
	t.Parallel()
	s := open(t, simulator.Options{})
	other := s.write(t, simulator.Draft{Customer: "paul", Text: "hello"})
	for _, sign := range []instagram.SenderAction{instagram.TypingOn, instagram.TypingOff, instagram.MarkSeen} {
		if err := s.client.Act(t.Context(), s.token, s.igsid, sign); err != nil {
			t.Errorf("%s: %v", sign, err)
		}
	}
	for _, emoji := range []string{"🔥", "love", ""} {
		if err := s.client.React(t.Context(), s.token, s.igsid, s.mid, emoji); err != nil {
			t.Errorf("react %q: %v", emoji, err)
		}
	}
	refused(t, "another's message", s.client.React(t.Context(), s.token, s.igsid, other.MID, "🔥"), 100, 0)
	refused(t, "no sign", s.client.Act(t.Context(), s.token, s.igsid, "wave"), 100, 0)
	_, body := s.call(t, http.MethodGet, "/_sim/sent?business="+casa+"&customer=iris", "")
	for _, want := range []string{`"typing_on"`, `"typing_off"`, `"mark_seen"`, `"emoji":"🔥"`, `"unreact"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is missing in %s", want, body)
		}
	}
}

func TestSendsHaveAPace(t *testing.T) {
	t.Parallel()
	s := open(t, simulator.Options{})
	audio := &instagram.OutgoingAttachment{Type: "audio", URL: s.url + "/_sim/media/voice.wav"}
	var err error
	for n := 0; n < 200 && err == nil; n++ {
		_, err = s.client.Send(t.Context(), s.token, instagram.Outgoing{To: s.igsid, Attachment: audio})
	}
	refused(t, "many sounds at once", err, 613, 1996)
	if _, err := s.client.Send(t.Context(), s.token, instagram.Outgoing{To: s.igsid, Text: "hi"}); err != nil {
		t.Errorf("a text after them: %v", err)
	}
}

// TestErrorsAreInTheAccountsLanguage: nothing can be learnt from their words.
func TestErrorsAreInTheAccountsLanguage(t *testing.T) {
	t.Parallel()
	s := open(t, simulator.Options{})
	texts := map[string]bool{}
	for _, username := range []string{casa, "nordkaffee"} {
		token, err := s.DashboardToken(username)
		if err != nil {
			t.Fatal(err)
		}
		m, _, err := s.Write(business(t, s, username), "iris", "hi", nil, true)
		if err != nil {
			t.Fatal(err)
		}
		if username == casa {
			m = s.write(t, simulator.Draft{Customer: "silent", Text: "hi", Echo: true})
		}
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, s.url+"/v25.0/me/messages",
			strings.NewReader(`{"recipient":{"id":"`+m.IGSID+`"},"message":{"text":"hi"}}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token.Reveal())
		status, body := s.do(t, req)
		if status != http.StatusBadRequest || !strings.Contains(body, "2534022") {
			t.Errorf("%s: %d %s", username, status, body)
		}
		_, text, _ := strings.Cut(body, `"message":`)
		text, _, _ = strings.Cut(text, ",")
		texts[text] = true
	}
	if len(texts) != 2 {
		t.Errorf("messages %v", texts)
	}
}

func business(t *testing.T, s shop, username string) simulator.Business {
	t.Helper()
	for _, b := range s.Businesses() {
		if b.Username == username {
			return b
		}
	}
	t.Fatalf("no business %s", username)
	return simulator.Business{}
}
