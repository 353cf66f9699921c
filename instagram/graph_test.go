package instagram_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"parlor/instagram"
)

// wire is a transport that answers without a network, so that fuzzing is quick. It notes the last request.
type wire struct {
	status int
	body   string
	last   *http.Request
	sent   string
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.last = r
	if r.Body != nil {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		w.sent = string(sent)
	}
	return &http.Response{StatusCode: w.status, Body: io.NopCloser(strings.NewReader(w.body)), Header: http.Header{}, Request: r}, nil
}

func wired(t testing.TB, status int, body string) (*instagram.Client, *wire) {
	t.Helper()
	w := &wire{status: status, body: body}
	client, err := instagram.NewClient(instagram.ClientOptions{Transport: w})
	if err != nil {
		t.Fatal(err)
	}
	return client, w
}

func TestSend(t *testing.T) {
	t.Parallel()
	react := func(emoji string) func(*instagram.Client) error {
		return func(c *instagram.Client) error { return c.React(t.Context(), secretToken, "9", "m", emoji) }
	}
	send := func(o instagram.Outgoing) func(*instagram.Client) error {
		return func(c *instagram.Client) error {
			mid, err := c.Send(t.Context(), secretToken, o)
			if err == nil && mid != "mid.1" {
				t.Errorf("mid %q", mid)
			}
			return err
		}
	}
	for name, tc := range map[string]struct {
		do   func(*instagram.Client) error
		want string
	}{
		"text":        {send(instagram.Outgoing{To: "9", Text: "<ä> & 😀"}), `{"message":{"text":"<ä> & 😀"},"recipient":{"id":"9"}}`},
		"human agent": {send(instagram.Outgoing{To: "9", Text: "hi", HumanAgent: true}), `{"message":{"text":"hi"},"messaging_type":"MESSAGE_TAG","recipient":{"id":"9"},"tag":"HUMAN_AGENT"}`},
		"picture": {
			send(instagram.Outgoing{To: "9", Attachment: &instagram.OutgoingAttachment{Type: "image", URL: "https://p.example/m?a=1&b=2"}}),
			`{"message":{"attachment":{"payload":{"url":"https://p.example/m?a=1&b=2"},"type":"image"}},"recipient":{"id":"9"}}`,
		},
		"reaction":           {react("👍"), `{"payload":{"message_id":"m","reaction":"👍"},"recipient":{"id":"9"},"sender_action":"react"}`},
		"reaction taken off": {react(""), `{"payload":{"message_id":"m"},"recipient":{"id":"9"},"sender_action":"unreact"}`},
		"typing": {
			func(c *instagram.Client) error { return c.Act(t.Context(), secretToken, "9", instagram.TypingOn) },
			`{"recipient":{"id":"9"},"sender_action":"typing_on"}`,
		},
	} {
		client, w := wired(t, 200, `{"recipient_id":"9","message_id":"mid.1"}`)
		if err := tc.do(client); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if w.last.Method != http.MethodPost || w.last.URL.String() != "https://graph.instagram.com/v25.0/me/messages" {
			t.Errorf("%s: %s %s", name, w.last.Method, w.last.URL)
		}
		if strings.TrimSpace(w.sent) != tc.want {
			t.Errorf("%s: sent %s, want %s", name, w.sent, tc.want)
		}
		if w.last.Header.Get("Authorization") != "Bearer "+secretToken.Reveal() || w.last.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: headers %v", name, w.last.Header)
		}
	}
	for _, body := range []string{`{}`, `{"message_id":""}`, `{"message_id":5}`, `[]`, ``, `<html>`} {
		client, _ := wired(t, 200, body)
		if mid, err := client.Send(t.Context(), secretToken, instagram.Outgoing{To: "9", Text: "x"}); !errors.Is(err, instagram.ErrBadAnswer) {
			t.Errorf("%s: %q, %v", body, mid, err)
		}
	}
}

// TestThreads in every shape: lists bare or wrapped, ids as numbers, times in each form, and only a cursor kept of the
// address of the next page, which holds the token.
func TestThreads(t *testing.T) {
	t.Parallel()
	const next = `"next":"https://evil.example/steal?access_token=IGAA-the-access-token&after=QVF"`
	for name, tc := range map[string]struct {
		body    string
		threads int
		after   string
	}{
		"one":                       {`{"data":[{"id":"t1","updated_time":"2022-07-12T19:11:07+0000"}],"paging":{"cursors":{"after":"QVF"}}}`, 1, ""},
		"more":                      {`{"data":[{"id":"t1"},{"id":"t2"}],"paging":{"cursors":{"after":"QVG"},` + next + `}}`, 2, "QVG"},
		"more, cursor in next only": {`{"data":[{"id":"t1"}],"paging":{` + next + `}}`, 1, "QVF"},
		"empty, but not the end":    {`{"data":[],"paging":{"cursors":{"after":"QVG"},` + next + `}}`, 0, "QVG"},
		"an odd one among good":     {`{"data":[{"id":"t1"},7,null,{"id":{}},{"no":"id"},{"id":"t2"}]}`, 2, ""},
	} {
		client, w := wired(t, 200, tc.body)
		page, err := client.Threads(t.Context(), secretToken, instagram.ThreadQuery{After: "here", Limit: 7, CustomerID: "9", Messages: true})
		if err != nil || len(page.Threads) != tc.threads || page.After != tc.after {
			t.Errorf("%s: %+v, %v", name, page, err)
		}
		q := w.last.URL.Query()
		if q.Get("platform") != "instagram" || q.Get("limit") != "7" || q.Get("after") != "here" || q.Get("user_id") != "9" ||
			!strings.Contains(q.Get("fields"), "messages.limit(20){") || strings.Contains(w.last.URL.String(), secretToken.Reveal()) {
			t.Errorf("%s: asked %s", name, w.last.URL)
		}
	}
	for _, body := range []string{``, `[]`, `{}`, `{"data":null}`, `{"data":"x"}`, `<html>`} {
		client, _ := wired(t, 200, body)
		if page, err := client.Threads(t.Context(), secretToken, instagram.ThreadQuery{}); !errors.Is(err, instagram.ErrBadAnswer) {
			t.Errorf("%s: %+v, %v", body, page, err)
		}
	}
}

func TestThread(t *testing.T) {
	t.Parallel()
	at := time.Date(2022, 7, 12, 19, 11, 7, 0, time.UTC)
	for name, participants := range map[string]string{
		"wrapped": `{"data":[{"id":17841400000000001,"username":"shop"},{"user_id":"9","username":"ana"}]}`,
		"bare":    `[{"id":"17841400000000001","user_id":"5","username":"shop"},{"id":"9","username":"ana"}]`,
	} {
		client, w := wired(t, 200, `{"id":"t1","updated_time":1657653067,"participants":`+participants+`,
			"messages":{"data":[{"id":"m2","created_time":"1657653067000"},{"id":"m1","created_time":"2022-07-12T19:11:07+0000","from":{"id":9},"message":"hi"}]}}`)
		thread, err := client.Thread(t.Context(), secretToken, "t1")
		if err != nil || thread.ID != "t1" || !thread.UpdatedAt.Equal(at) || len(thread.Parties) != 2 || len(thread.Messages) != 2 {
			t.Fatalf("%s: %+v, %v", name, thread, err)
		}
		if w.last.URL.Path != "/v25.0/t1" {
			t.Errorf("asked %s", w.last.URL)
		}
		if first, second := thread.Messages[0], thread.Messages[1]; first.Readable || !first.At.Equal(at) || !second.Readable || second.From.ID != "9" || !second.At.Equal(at) {
			t.Errorf("%s: %+v", name, thread.Messages)
		}
	}
}

// TestStoredMessages names attachments as webhooks do, whatever shape they are kept in.
func TestStoredMessages(t *testing.T) {
	t.Parallel()
	one := func(kind, address string) []instagram.Attachment {
		return []instagram.Attachment{{Type: kind, URL: address}}
	}
	for name, tc := range map[string]struct {
		body string
		want instagram.StoredMessage
	}{
		"text": {
			`"from":{"username":"ana","id":"9"},"to":{"data":[{"username":"shop","id":17841400000000001}]},"message":"hi"`,
			instagram.StoredMessage{From: instagram.Party{ID: "9", Username: "ana"}, To: []instagram.Party{{ID: "17841400000000001", Username: "shop"}}, Text: "hi"},
		},
		"to without data":  {`"message":"hi","to":[{"id":"9"}]`, instagram.StoredMessage{Text: "hi", To: []instagram.Party{{ID: "9"}}}},
		"picture":          {`"message":"","attachments":{"data":[{"id":"1","image_data":{"url":"https://a/i","width":9}}]}`, instagram.StoredMessage{Attachments: one("image", "https://a/i")}},
		"pictures, bare":   {`"attachments":[{"image_data":{"url":"https://a/i"}},{"video_data":{"url":"https://a/v"}}]`, instagram.StoredMessage{Attachments: append(one("image", "https://a/i"), one("video", "https://a/v")...)}},
		"voice":            {`"attachments":{"data":[{"mime_type":"audio/mp4","file_url":"https://a/f"}]}`, instagram.StoredMessage{Attachments: one("audio", "https://a/f")}},
		"file":             {`"attachments":{"data":[{"mime_type":"application/pdf","name":"list.pdf","file_url":"https://a/f"}]}`, instagram.StoredMessage{Attachments: []instagram.Attachment{{Type: "file", URL: "https://a/f", Title: "list.pdf"}}}},
		"template":         {`"attachments":{"data":[{"generic_template":{"title":"Shoes"}}]}`, instagram.StoredMessage{Attachments: []instagram.Attachment{{Type: "template", Title: "Shoes"}}}},
		"of no known sort": {`"attachments":{"data":[{"hologram_data":{}}]}`, instagram.StoredMessage{Attachments: one("", "")}},
		"share":            {`"shares":{"data":[{"link":"https://www.instagram.com/p/x/"}]}`, instagram.StoredMessage{Attachments: one("share", "https://www.instagram.com/p/x/")}},
		"story mention":    {`"story":{"mention":{"link":"https://a/s","id":"5"}}`, instagram.StoredMessage{Attachments: one("story_mention", "https://a/s")}},
		"story reply":      {`"message":"wow","story":{"reply_to":{"link":"https://a/s","id":5}}`, instagram.StoredMessage{Text: "wow", ReplyTo: &instagram.ReplyTo{StoryID: "5", StoryURL: "https://a/s"}}},
		"reply":            {`"message":"yes","reply_to":{"mid":"m0"}`, instagram.StoredMessage{Text: "yes", ReplyTo: &instagram.ReplyTo{MID: "m0"}}},
		"reactions": {`"message":"x","reactions":{"data":[{"reaction":"love","users":[{"username":"ana","id":"9"}]},{"reaction":"👍","users":{"data":[{"id":8}]}}]}`, instagram.StoredMessage{
			Text: "x", Reactions: []instagram.StoredReaction{{PartyID: "9", Username: "ana", Emoji: "❤️"}, {PartyID: "8", Emoji: "👍"}},
		}},
		"unsupported": {`"message":"","is_unsupported":"true"`, instagram.StoredMessage{IsUnsupported: true}},
		"odd parts":   {`"message":"kept","from":7,"attachments":"x","shares":[7],"reactions":{"data":{}},"story":[],"reply_to":[],"is_unsupported":{}`, instagram.StoredMessage{Text: "kept"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, _ := wired(t, 200, `{"id":"m1","created_time":"2022-07-12T19:11:07+0000",`+tc.body+`}`)
			got, err := client.StoredMessage(t.Context(), secretToken, "m1")
			if err != nil {
				t.Fatal(err)
			}
			if !got.Readable || got.MID != "m1" || got.At.Year() != 2022 {
				t.Errorf("%+v", got)
			}
			for i := range got.Attachments {
				if !json.Valid(got.Attachments[i].Payload) {
					t.Errorf("payload %s", got.Attachments[i].Payload)
				}
				got.Attachments[i].Payload = nil
			}
			tc.want.MID, tc.want.At, tc.want.Readable = got.MID, got.At, true
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got  %+v\nwant %+v", got, tc.want)
			}
		})
	}
	client, _ := wired(t, 200, `{"id":"m1","created_time":"2022-07-12T19:11:07+0000"}`)
	if got, err := client.StoredMessage(t.Context(), secretToken, "m1"); err != nil || got.Readable {
		t.Errorf("id and time alone: %+v, %v", got, err)
	}
	client, _ = wired(t, 400, `{"error":{"message":"This message was deleted","code":100,"error_subcode":33}}`)
	if _, err := client.StoredMessage(t.Context(), secretToken, "m1"); instagram.FaultOf(err) != instagram.FaultPermanent {
		t.Errorf("an old one: %v", err)
	}
}

func TestCustomer(t *testing.T) {
	t.Parallel()
	client, _ := wired(t, 200, `{"name":"Ana ","username":"ana.b","profile_pic":"https://a/p","follower_count":"12","is_user_follow_business":true,"is_business_follow_user":false,"id":"9"}`)
	got, err := client.Customer(t.Context(), secretToken, "9")
	if err != nil || got.Name != "Ana" || got.Username != "ana.b" || got.PictureURL != "https://a/p" || got.Verified != nil ||
		got.Followers == nil || *got.Followers != 12 || got.FollowsAccount == nil || !*got.FollowsAccount || got.FollowedByAccount == nil || *got.FollowedByAccount {
		t.Errorf("%+v, %v", got, err)
	}
	client, _ = wired(t, 200, `{"name":null,"profile_pic":null}`)
	if got, err := client.Customer(t.Context(), secretToken, "9"); err != nil || got != (instagram.CustomerProfile{}) {
		t.Errorf("nothing told: %+v, %v", got, err)
	}
	for _, code := range []string{"230", "9010"} {
		client, _ = wired(t, 400, `{"error":{"code":`+code+`}}`)
		if _, err := client.Customer(t.Context(), secretToken, "9"); instagram.FaultOf(err) != instagram.FaultRecipient {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestReplyFault(t *testing.T) {
	t.Parallel()
	for want, errs := range map[string][]error{
		"window_closed":           {&instagram.APIError{Code: 10, Subcode: 2534022}, &instagram.APIError{HTTPStatus: 403, Code: 10, Subcode: 2018278}},
		"human_agent_not_allowed": {&instagram.APIError{Code: 100, Subcode: 2018276}},
		"recipient_unavailable":   {&instagram.APIError{Code: 551, Subcode: 1545041}, &instagram.APIError{Code: 100, Subcode: 2534014}, &instagram.APIError{Code: 100, Subcode: 2018001}},
		"not_connected":           {&instagram.APIError{Code: 190}, &instagram.APIError{Code: 102}, instagram.ErrNotConnected, instagram.ErrNoConnection, instagram.ErrUnsealable},
		"permission_missing":      {&instagram.APIError{Code: 10}, &instagram.APIError{Code: 200}, &instagram.APIError{Code: 3}},
		"rate_limited":            {&instagram.APIError{Code: 613}, &instagram.APIError{Code: 80006}, &instagram.APIError{HTTPStatus: 429}},
		"blocked":                 {&instagram.APIError{Code: 368}, &instagram.APIError{Code: 10, Subcode: 1893063}},
		"too_large":               {&instagram.APIError{Code: 100, Subcode: 2018034}},
		"media_refused":           {&instagram.APIError{Code: 100, Subcode: 2018047}},
		"rejected":                {&instagram.APIError{Code: 100, HTTPStatus: 400}},
		"temporary":               {&instagram.APIError{Code: 2}, &instagram.APIError{HTTPStatus: 502}, instagram.ErrUnreachable, instagram.ErrBadAnswer, context.DeadlineExceeded},
	} {
		for _, err := range errs {
			if got := instagram.ReplyFault(err); got != want {
				t.Errorf("%v: %s, want %s", err, got, want)
			}
		}
	}
}

// FuzzGraphAnswers: whatever answers, nothing panics, nothing that a database refuses comes through, and no error quotes
// the token or the answer.
func FuzzGraphAnswers(f *testing.F) {
	for _, seed := range []string{
		`{"data":[{"id":"t","updated_time":"2022-07-12T19:11:07+0000","participants":{"data":[{"id":"9"}]},"messages":{"data":[{"id":"m","message":"x"}]}}],"paging":{"cursors":{"after":"a"},"next":"https://x/?after=b"}}`,
		`{"id":"m","created_time":1657653067,"from":{"id":9},"to":[{"user_id":"8"}],"message":"\u0000\ud800","attachments":[{"image_data":{"url":"u"}},{"generic_template":[]}],"shares":{"data":[{"link":"l"}]},"story":{"reply_to":{"id":1},"mention":{}},"reactions":{"data":[{"reaction":"love","users":[{}]}]}}`,
		`{"name":"A","username":"a","follower_count":1e9,"is_verified_user":"true"}`,
		`{"error":{"message":"IGAA","code":190,"error_subcode":"460","is_transient":true,"fbtrace_id":"x"}}`,
		`{"error_type":"OAuthException","code":400,"error_message":"x"}`, `<html>`, `null`, `[[[[`,
	} {
		f.Add(200, seed)
		f.Add(400, seed)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		client, _ := wired(t, 100+(status%500+500)%500, body)
		ctx := t.Context()
		page, err := client.Threads(ctx, secretToken, instagram.ThreadQuery{Messages: true})
		quiet(t, err)
		for _, thread := range page.Threads {
			for _, m := range thread.Messages {
				storableMessage(t, m)
			}
		}
		thread, err := client.Thread(ctx, secretToken, "t")
		quiet(t, err)
		for _, m := range thread.Messages {
			storableMessage(t, m)
		}
		m, err := client.StoredMessage(ctx, secretToken, "m")
		if quiet(t, err); err == nil {
			storableMessage(t, m)
		}
		p, err := client.Customer(ctx, secretToken, "9")
		quiet(t, err)
		storableText(t, p.Name, p.Username, p.PictureURL)
		_, err = client.Send(ctx, secretToken, instagram.Outgoing{To: "9", Text: "x"})
		quiet(t, err)
		_ = instagram.ReplyFault(err)
	})
}

// quiet holds an error to the closed set, and to numbers alone.
func quiet(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	var api *instagram.APIError
	if !errors.As(err, &api) && !errors.Is(err, instagram.ErrBadAnswer) && !errors.Is(err, instagram.ErrUnreachable) {
		t.Errorf("an error of no kind: %v", err)
	}
	if text := err.Error(); strings.Contains(text, secretToken.Reveal()) || len(text) > 200 {
		t.Errorf("the error quotes: %s", text)
	}
}

func storableMessage(t *testing.T, m instagram.StoredMessage) {
	t.Helper()
	if m.MID == "" {
		t.Error("a message without a mid")
	}
	storableText(t, m.MID, m.Text, m.From.Username)
	for _, a := range m.Attachments {
		storableText(t, a.Type, a.URL, a.Title, string(a.Payload))
		if !json.Valid(a.Payload) || a.Payload[0] != '{' || strings.Contains(string(a.Payload), `\u0000`) {
			t.Errorf("payload %s", a.Payload)
		}
	}
}

func storableText(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			t.Errorf("%q cannot be stored", text)
		}
	}
}
