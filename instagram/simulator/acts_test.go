package simulator_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"parlor/instagram"
	"parlor/instagram/simulator"
)

func TestCustomersAct(t *testing.T) {
	t.Parallel()
	r, callback := receive(t, 0)
	s := open(t, simulator.Options{CallbackURL: callback})
	r.wait(t, 1)
	own := s.write(t, simulator.Draft{Customer: "iris", Text: "Bom dia", Echo: true})
	r.wait(t, 1)
	act := func(a simulator.Act) instagram.Item {
		t.Helper()
		if status, answer := s.post(t, "/_sim/acts", a); status != http.StatusCreated || answer["subscribed"] != true {
			t.Fatalf("%+v: %d %v", a, status, answer)
		}
		items := r.wait(t, 1)
		item := items[len(items)-1]
		if item.Customer() != s.igsid || item.At.IsZero() {
			t.Errorf("%s by %q: %+v", a.Kind, item.Customer(), item)
		}
		return item
	}
	if i := act(simulator.Act{Kind: "react", MID: own.MID, Emoji: "❤️"}); i.Kind != instagram.KindReaction || i.Reaction.Name != "love" || i.Reaction.Emoji != "❤️" {
		t.Errorf("react %+v", i.Reaction)
	}
	if i := act(simulator.Act{Kind: "unreact", MID: own.MID}); i.Reaction == nil || i.Reaction.Action != "unreact" {
		t.Errorf("unreact %+v", i)
	}
	if i := act(simulator.Act{Kind: "edit", MID: s.mid, Text: "Olá!"}); i.Kind != instagram.KindEdit || i.MID != s.mid {
		t.Errorf("edit %+v", i)
	}
	if i := act(simulator.Act{Kind: "read", MID: own.MID}); i.Kind != instagram.KindRead || i.MID != own.MID {
		t.Errorf("read %+v", i)
	}
	if i := act(simulator.Act{Kind: "postback", Business: casa, Customer: "iris", Title: "Prices", Payload: "P"}); i.Kind != instagram.KindPostback || i.MID == "" {
		t.Errorf("postback %+v", i)
	}
	if i := act(simulator.Act{Kind: "referral", Business: casa, Customer: "iris", Ref: "flyer"}); i.Kind != instagram.KindReferral {
		t.Errorf("referral %+v", i)
	}
	if i := act(simulator.Act{Kind: "unsend", MID: s.mid}); i.Kind != instagram.KindUnsend || i.MID != s.mid {
		t.Errorf("unsend %+v", i)
	}
	if i := act(simulator.Act{Kind: "unsend", MID: own.MID}); i.Kind != instagram.KindUnsend || i.SenderID != i.EntryID {
		t.Errorf("unsend of the business's own %+v", i)
	}
	last := s.write(t, simulator.Draft{Customer: "iris", Text: "last"})
	r.wait(t, 1)
	if _, told, err := s.Do(simulator.Act{Kind: "react", MID: last.MID, By: "business", Emoji: "🔥"}); err != nil || told {
		t.Errorf("a webhook tells of the business's own reaction: %v", err)
	}
	for name, a := range map[string]simulator.Act{
		"unsent": {Kind: "edit", MID: s.mid, Text: "x"}, "unknown": {Kind: "unsend", MID: "m"}, "kind": {Kind: "wave"}, "handle": {Kind: "postback", Business: casa},
	} {
		if status, answer := s.post(t, "/_sim/acts", a); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
}

func TestDraftsInEveryShape(t *testing.T) {
	t.Parallel()
	r, callback := receive(t, 0)
	s := open(t, simulator.Options{CallbackURL: callback, Shapes: simulator.Shapes{EditNoise: true}})
	r.wait(t, 2)
	body := map[string]any{
		"business": casa, "customer": "iris", "text": "yes", "quick_reply": "Q", "reply_to": map[string]any{"mid": s.mid},
		"referral": map[string]any{"ref": "r", "ad_id": 17, "source": "ADS", "type": "OPEN_THREAD"},
	}
	if status, answer := s.post(t, "/_sim/messages", body); status != http.StatusCreated {
		t.Fatalf("%d %v", status, answer)
	}
	r.wait(t, 2)
	s.post(t, "/_sim/messages", map[string]any{"business": casa, "customer": "iris", "is_unsupported": true, "silent": true})
	s.post(t, "/_sim/messages", map[string]any{"business": casa, "customer": "iris", "text": "from a tool", "echo": true, "app_id": "4711"})
	var events []instagram.Item
	for _, item := range r.wait(t, 2) {
		if item.Kind == instagram.KindEdit && item.MID == "" {
			t.Errorf("edit %+v", item)
		}
		if item.Kind == instagram.KindMessage || item.Kind == instagram.KindEcho {
			events = append(events, item)
		}
	}
	if len(events) != 3 || events[1].Message.ReplyTo == nil || events[1].Message.ReplyTo.MID != s.mid || events[2].Message.AppID != "4711" {
		t.Errorf("events %+v", events)
	}
}

func TestSignedRequests(t *testing.T) {
	t.Parallel()
	var text, kind string
	meta := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			kind, text = r.URL.Path, r.FormValue("signed_request")
			_, _ = io.WriteString(w, `{"url":"u","confirmation_code":"c"}`)
		}
	}))
	t.Cleanup(meta.Close)
	s := open(t, simulator.Options{CallbackURL: meta.URL + "/webhooks/instagram"})
	secrets := [][]byte{[]byte(appSecret.Reveal())}
	for name, tc := range map[string]struct {
		in       map[string]any
		path, id string
	}{
		"deauthorize":   {map[string]any{"kind": "deauthorize"}, "/auth/instagram/deauthorize", s.business.AppScopedID},
		"data deletion": {map[string]any{"kind": "data_deletion", "by_user_id": true, "padded": true}, "/auth/instagram/data-deletion", s.business.UserID},
		"elsewhere":     {map[string]any{"kind": "data_deletion", "callback": meta.URL + "/other"}, "/other", s.business.AppScopedID},
	} {
		tc.in["business"] = casa
		status, answer := s.post(t, "/_sim/signed-requests", tc.in)
		signed, err := instagram.ParseSignedRequest(secrets, text)
		if status != http.StatusOK || answer["status"] != float64(200) || !json.Valid([]byte(answer["body"].(string))) || err != nil || signed.UserID != tc.id || kind != tc.path {
			t.Errorf("%s: %d %v, %+v %v at %s", name, status, answer, signed, err, kind)
		}
	}
	_, err := s.client.Me(t.Context(), s.token)
	refused(t, "removed app", err, 190, 458)
	for name, in := range map[string]map[string]any{
		"kind": {"business": casa, "kind": "wave"}, "callback": {"business": casa, "kind": "deauthorize", "callback": "file:///x"},
	} {
		if status, _ := s.post(t, "/_sim/signed-requests", in); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, status)
		}
	}
}

func TestMediaFiles(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Options{})
	for name, want := range map[string]string{
		"a.png": "image/png", "a.jpg": "image/jpeg", "a.gif": "image/gif", "a.mp4": "video/mp4", "a.ogg": "application/ogg", "a.wav": "audio/wave", "a.pdf": "application/pdf",
	} {
		status, body := w.call(t, http.MethodGet, "/_sim/media/"+name, "")
		if status != http.StatusOK || http.DetectContentType([]byte(body)) != want {
			t.Errorf("%s: %d %s", name, status, http.DetectContentType([]byte(body)))
		}
	}
	if status, body := w.call(t, http.MethodGet, "/_sim/media/a.exe", ""); status != http.StatusNotFound || strings.Contains(body, "MZ") {
		t.Errorf("a.exe: %d", status)
	}
}
