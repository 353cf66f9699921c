package simulator_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"parlor/instagram"
	"parlor/instagram/simulator"
)

func (w world) old(t *testing.T, conversations, messages int) {
	t.Helper()
	status, answer := w.post(t, "/_sim/history", map[string]any{"business": casa, "conversations": conversations, "messages": messages})
	if status != http.StatusCreated || answer["messages"] != float64(conversations*messages) {
		t.Fatalf("history: %d %v", status, answer)
	}
}

func TestConversationsPageByPage(t *testing.T) {
	t.Parallel()
	shapes := map[string]simulator.Shapes{
		"as live answers are": {}, "numbers": {NumericIDs: true, UnixTimes: true, BareTo: true}, "other id": {Parties: "user_id"}, "name alone": {Parties: "username"},
	}
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, simulator.Options{Conversations: -1, Shapes: shape})
			token := w.longToken(t, casa).Value
			w.old(t, 33, 5)
			seen, mids, last := map[string]bool{}, map[string]bool{}, time.Time{}
			query := instagram.ThreadQuery{Limit: 10, Messages: true}
			for pages := 0; ; pages++ {
				page, err := w.client.Threads(t.Context(), token, query)
				if err != nil {
					t.Fatal(err)
				}
				for _, thread := range page.Threads {
					seen[thread.ID] = true
					if !last.IsZero() && thread.UpdatedAt.After(last) || len(thread.Parties) != 2 || len(thread.Messages) != 5 {
						t.Fatalf("thread %+v after %s", thread, last)
					}
					last = thread.UpdatedAt
					for _, m := range thread.Messages {
						mids[m.MID] = true
						if !m.Readable || m.At.IsZero() || m.From.Username == "" || len(m.To) != 1 {
							t.Fatalf("message %+v", m)
						}
					}
				}
				if query.After = page.After; query.After == "" {
					if pages != 3 {
						t.Errorf("%d pages", pages+1)
					}
					break
				}
			}
			if len(seen) != 33 || len(mids) != 33*5 {
				t.Errorf("%d threads, %d messages", len(seen), len(mids))
			}
		})
	}
}

func TestOnlyTheNewestTwentyAreReadable(t *testing.T) {
	t.Parallel()
	s := open(t, simulator.Options{})
	for n := range 24 {
		s.write(t, simulator.Draft{Customer: "iris", Text: strconv.Itoa(n), Echo: n%2 == 1})
	}
	page, err := s.client.Threads(t.Context(), s.token, instagram.ThreadQuery{CustomerID: s.igsid})
	if err != nil || len(page.Threads) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	status, body := s.call(t, http.MethodGet, "/v25.0/"+page.Threads[0].ID+"/messages?fields=id,created_time,message&limit=10", s.token)
	texts, ids := 0, 0
	for {
		var list struct {
			Data []struct {
				ID      string  `json:"id"`
				Created string  `json:"created_time"`
				Message *string `json:"message"`
			} `json:"data"`
			Paging struct {
				Next string `json:"next"`
			} `json:"paging"`
		}
		if err := json.Unmarshal([]byte(body), &list); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		for _, m := range list.Data {
			ids++
			if m.Message != nil {
				texts++
			}
			if m.Created == "" {
				t.Errorf("message %+v", m)
			}
		}
		if list.Paging.Next == "" {
			break
		}
		_, path, _ := strings.Cut(list.Paging.Next, "graph.instagram.com")
		if !strings.Contains(path, "access_token=IGAA") {
			t.Error("next does not hold the token, as Instagram's does")
		}
		status, body = s.call(t, http.MethodGet, path, "")
	}
	if ids != 25 || texts != 20 {
		t.Errorf("%d ids, %d texts", ids, texts)
	}
	_, err = s.client.StoredMessage(t.Context(), s.token, s.mid)
	refused(t, "an old one", err, 100, 0)
	if err := s.Shape(simulator.Shapes{OldCode: 9000001}); err != nil {
		t.Fatal(err)
	}
	_, err = s.client.StoredMessage(t.Context(), s.token, s.mid)
	refused(t, "an old one elsewhere", err, 9000001, 0)
	thread, err := s.client.Thread(t.Context(), s.token, page.Threads[0].ID)
	if err != nil || len(thread.Messages) != 20 || thread.Messages[0].Text != "23" {
		t.Errorf("%d messages, %v", len(thread.Messages), err)
	}
	other, err := s.DashboardToken("nordkaffee")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{page.Threads[0].ID, thread.Messages[0].MID, s.igsid} {
		_, err := s.client.Thread(t.Context(), other, id)
		refused(t, "another's "+id[:8], err, 100, 33)
	}
}

func TestTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Options{Conversations: -1})
	token := w.longToken(t, casa).Value
	w.old(t, 12, 25)
	_, err := w.client.Threads(t.Context(), token, instagram.ThreadQuery{Limit: 12, Messages: true})
	refused(t, "240 messages", err, 1, 0)
	if page, err := w.client.Threads(t.Context(), token, instagram.ThreadQuery{Limit: 10, Messages: true}); err != nil || len(page.Threads) != 10 {
		t.Errorf("200 messages: %v", err)
	}
	for _, path := range []string{
		"fields=messages.limit(x)", "fields=messages{id", "fields=a{b{c{d{e{f}}}}}", "limit=0", "limit=many", "fields=,", "platform=messenger",
	} {
		if status, body := w.call(t, http.MethodGet, "/v25.0/me/conversations?"+path, token); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

// TestStoredShapes: what the customer did is there to be read, and what was unsent is not.
func TestStoredShapes(t *testing.T) {
	t.Parallel()
	s := open(t, simulator.Options{})
	picture := s.write(t, simulator.Draft{Customer: "iris", Attachments: []simulator.Attachment{{Type: "image", Payload: map[string]any{"url": s.url + "/_sim/media/a.png"}}}})
	share := s.write(t, simulator.Draft{Customer: "iris", Attachments: []simulator.Attachment{{Type: "ig_reel", Payload: map[string]any{"url": "https://www.instagram.com/reel/x/"}}}})
	story := s.write(t, simulator.Draft{Customer: "iris", Text: "wow", ReplyTo: &simulator.ReplyTo{Story: &simulator.Story{ID: "179", URL: "https://x.cdninstagram.com/s.jpg"}}})
	reply := s.write(t, simulator.Draft{Customer: "iris", Text: "this", ReplyTo: &simulator.ReplyTo{MID: s.mid}})
	odd := s.write(t, simulator.Draft{Customer: "iris", Unsupported: true})
	for _, act := range []simulator.Act{
		{Kind: "edit", MID: s.mid, Text: "Olá!"},
		{Kind: "react", MID: s.mid, Emoji: "😍"},
		{Kind: "react", MID: s.mid, By: "business", Emoji: "❤️"},
		{Kind: "unsend", MID: share.MID},
	} {
		if _, _, err := s.Do(act); err != nil {
			t.Fatal(err)
		}
	}
	read := func(mid string) instagram.StoredMessage {
		t.Helper()
		m, err := s.client.StoredMessage(t.Context(), s.token, mid)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	if m := read(s.mid); m.Text != "Olá!" || len(m.Reactions) != 2 || m.Reactions[0].Emoji != "😍" || m.Reactions[0].PartyID != s.igsid || m.Reactions[1].Emoji != "❤️" {
		t.Errorf("edited and reacted to: %+v", m)
	}
	if m := read(picture.MID); len(m.Attachments) != 1 || m.Attachments[0].Type != "image" || m.Attachments[0].URL == "" {
		t.Errorf("picture %+v", m)
	}
	if m := read(story.MID); m.ReplyTo == nil || m.ReplyTo.StoryID != "179" {
		t.Errorf("story reply %+v", m)
	}
	if m := read(reply.MID); m.ReplyTo == nil || m.ReplyTo.MID != s.mid {
		t.Errorf("reply %+v", m)
	}
	if m := read(odd.MID); !m.IsUnsupported {
		t.Errorf("unsupported %+v", m)
	}
	_, err := s.client.StoredMessage(t.Context(), s.token, share.MID)
	refused(t, "unsent", err, 100, 0)
	_, body := s.call(t, http.MethodGet, "/_sim/messages?business="+casa, "")
	if strings.Count(body, `"unsent":true`) != 1 || strings.Contains(body, "/reel/x/") || strings.Count(body, `"mid":"`+share.MID) != 1 {
		t.Errorf("what Instagram holds: %s", body)
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	s := open(t, simulator.Options{})
	p, err := s.client.Customer(t.Context(), s.token, s.igsid)
	if err != nil || p.Username != "iris" || p.Name != "Iris" || p.Verified == nil || p.Followers == nil {
		t.Fatalf("profile %+v, %v", p, err)
	}
	if status, body := s.call(t, http.MethodGet, strings.TrimPrefix(p.PictureURL, s.url), ""); status != http.StatusOK || http.DetectContentType([]byte(body)) != "image/jpeg" {
		t.Errorf("picture: %d", status)
	}
	silent := s.write(t, simulator.Draft{Customer: "silent", Text: "hi", Echo: true})
	_, err = s.client.Customer(t.Context(), s.token, silent.IGSID)
	refused(t, "who never wrote", err, 230, 0)
	for field, code := range map[string]int{"no_consent": 230, "no_match": 9010} {
		s.post(t, "/_sim/customers", map[string]any{"business": casa, "customer": "iris", field: true})
		_, err := s.client.Customer(t.Context(), s.token, s.igsid)
		refused(t, field, err, code, 0)
	}
	s.post(t, "/_sim/customers", map[string]any{"business": casa, "customer": "iris", "nameless": true})
	if p, err := s.client.Customer(t.Context(), s.token, s.igsid); err != nil || p.Name != "" || p.PictureURL != "" {
		t.Errorf("nameless %+v, %v", p, err)
	}
}

// TestGrownStateOutlivesARestart: what was changed, added and moved is so again.
func TestGrownStateOutlivesARestart(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/state.jsonl"
	first := open(t, simulator.Options{StateFile: file, Conversations: 2})
	first.old(t, 4, 30)
	first.old(t, 3, 2)
	first.advance(t, 30*time.Hour)
	seeded := first.History(casa)[0]
	for _, act := range []simulator.Act{{Kind: "edit", MID: first.mid, Text: "changed"}, {Kind: "unsend", MID: seeded.MID}} {
		if _, _, err := first.Do(act); err != nil {
			t.Fatal(err)
		}
	}
	again := start(t, simulator.Options{StateFile: file, Conversations: 2})
	const all = "/_sim/messages?business=" + casa
	_, before := first.call(t, http.MethodGet, all, "")
	if _, after := again.call(t, http.MethodGet, all, ""); after != before || !strings.Contains(after, "changed") {
		t.Error("Instagram holds something else after the restart")
	}
	_, err := again.client.Send(t.Context(), first.token, instagram.Outgoing{To: first.igsid, Text: "hi"})
	refused(t, "the clock is where it was", err, 10, 2534022)
}
