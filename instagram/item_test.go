package instagram_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"parlor/instagram"
)

func TestMessageKinds(t *testing.T) {
	t.Parallel()
	sides := func(from, to, rest string) string {
		return `{"sender":{"id":"` + from + `"},"recipient":{"id":"` + to + `"},"timestamp":` + stamp + `,"message":{"mid":"m"` + rest + `}}`
	}
	tests := map[string]struct {
		item     string
		want     instagram.Kind
		customer string
	}{
		"inbound":           {sides(customer, account, ""), instagram.KindMessage, customer},
		"echo":              {sides(account, customer, `,"is_echo":true`), instagram.KindEcho, customer},
		"echo without flag": {sides(account, customer, ""), instagram.KindEcho, customer},
		"echo as text":      {sides(account, customer, `,"is_echo":"true"`), instagram.KindEcho, customer},
		"echo of an app":    {sides(account, customer, `,"is_echo":true,"app_id":123,"metadata":"x"`), instagram.KindEcho, customer},
		"unsend":            {sides(customer, account, `,"is_deleted":true`), instagram.KindUnsend, customer},
		"own unsend":        {sides(account, customer, `,"is_deleted":true,"is_echo":true`), instagram.KindUnsend, customer},
		"self":              {sides(account, account, `,"is_self":true,"is_echo":true`), instagram.KindSelf, ""},
		"self by ids":       {sides(account, account, ""), instagram.KindSelf, ""},
		"unsupported":       {sides(customer, account, `,"is_unsupported":true`), instagram.KindMessage, customer},
		"no sides":          {`{"message":{"mid":"m"}}`, instagram.KindMessage, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := one(t, delivery(tc.item))
			if got.Kind != tc.want || got.Customer() != tc.customer || got.MID != "m" || got.Message == nil {
				t.Errorf("kind %q of customer %q: %+v", got.Kind, got.Customer(), got)
			}
			if got.Message.IsEcho != (tc.want == instagram.KindEcho || strings.Contains(tc.item, `"is_echo":true`)) {
				t.Errorf("is echo: %v", got.Message.IsEcho)
			}
		})
	}
}

// TestCustomerUnderAnotherEntry: where neither side is the entry, the echo flag tells who the business is.
func TestCustomerUnderAnotherEntry(t *testing.T) {
	t.Parallel()
	body := `{"object":"instagram","entry":[{"id":"0","messaging":[{"sender":{"id":"1"},"recipient":{"id":"2"},"message":{"mid":"m","is_echo":%t}}]}]}`
	for echo, want := range map[bool]string{false: "1", true: "2"} {
		if got := one(t, fmt.Sprintf(body, echo)).Customer(); got != want {
			t.Errorf("echo %v: customer %q, want %q", echo, got, want)
		}
	}
}

func TestMessageParts(t *testing.T) {
	t.Parallel()
	message := func(rest string) *instagram.Message {
		return one(t, delivery(event(`"message":{"mid":"m",`+rest+`}`))).Message
	}
	if m := message(`"text":"ä 😍 \u0000 \ud83d"`); m.Text != "ä 😍 \uFFFD \uFFFD" {
		t.Errorf("text %q", m.Text)
	}
	if m := message(`"text":null`); m.Text != "" || m.Attachments != nil || m.ReplyTo != nil || m.QuickReply != nil {
		t.Errorf("placeholder %+v", m)
	}
	if m := message(`"reply_to":{"mid":"other"}`); *m.ReplyTo != (instagram.ReplyTo{MID: "other"}) {
		t.Errorf("reply %+v", m.ReplyTo)
	}
	if m := message(`"reply_to":{"story":{"url":"https://s","id":17900000000000001}}`); *m.ReplyTo != (instagram.ReplyTo{StoryID: "17900000000000001", StoryURL: "https://s"}) {
		t.Errorf("story reply %+v", m.ReplyTo)
	}
	if m := message(`"quick_reply":{"payload":"3:IB_FIRST_PARTY:1"}`); m.QuickReply.Payload != "3:IB_FIRST_PARTY:1" {
		t.Errorf("quick reply %+v", m.QuickReply)
	}
	if m := message(`"is_unsupported":"true"`); !m.IsUnsupported {
		t.Error("is_unsupported as text is not read")
	}
	want := instagram.Referral{Ref: "r", Source: "ADS", Type: "OPEN_THREAD", AdID: "120000000000000001", ProductID: "5"}
	m := message(`"referral":{"ref":"r","ad_id":120000000000000001,"source":"ADS","type":"OPEN_THREAD","product":{"id":"5"},"ads_context_data":{}}`)
	if *m.Referral != want {
		t.Errorf("referral %+v", m.Referral)
	}
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	type attachment struct{ kind, url, title, payload string }
	tests := map[string]struct {
		json string
		want []attachment
	}{
		"image":       {`[{"type":"image","payload":{"url":"https:\/\/x\/a.jpg"}}]`, []attachment{{"image", "https://x/a.jpg", "", `{"url":"https:\/\/x\/a.jpg"}`}}},
		"one object":  {`{"type":"image","payload":{"url":"u"}}`, []attachment{{"image", "u", "", `{"url":"u"}`}}},
		"several":     {`[{"type":"image","payload":{"url":"1"}},{"type":"video","payload":{"url":"2"}}]`, []attachment{{"image", "1", "", `{"url":"1"}`}, {"video", "2", "", `{"url":"2"}`}}},
		"heart":       {`[{"type":"like_heart"}]`, []attachment{{"like_heart", "", "", "{}"}}},
		"ephemeral":   {`[{"type":"ephemeral","payload":null}]`, []attachment{{"ephemeral", "", "", "{}"}}},
		"template":    {`[{"type":"template","payload":{"generic":[]}}]`, []attachment{{"template", "", "", `{"generic":[]}`}}},
		"reel":        {`[{"type":"ig_reel","payload":{"reel_video_id":1,"title":"a\nb","url":"https://www.instagram.com/reel/1/"}}]`, []attachment{{"ig_reel", "https://www.instagram.com/reel/1/", "a\nb", ""}}},
		"story":       {`[{"type":"ig_story","payload":{"story_media_id":"1","story_media_url":"s"}}]`, []attachment{{"ig_story", "s", "", ""}}},
		"mention":     {`[{"type":"story_mention","payload":{"url":"s"}}]`, []attachment{{"story_mention", "s", "", ""}}},
		"twins":       {`[{"type":"share","payload":{"url":"p"}},{"type":"ig_post","payload":{"ig_post_media_id":"1","url":"p"}}]`, []attachment{{"ig_post", "p", "", ""}}},
		"lone share":  {`[{"type":"share","payload":{"url":"p"}}]`, []attachment{{"share", "p", "", ""}}},
		"unknown":     {`[{"type":"hologram","payload":{"depth":3}}]`, []attachment{{"hologram", "", "", `{"depth":3}`}}},
		"odd payload": {`[{"type":"file","payload":"x"}]`, []attachment{{"file", "", "", `{"value":"x"}`}}},
		"odd element": {`[5]`, []attachment{{"", "", "", `{"value":5}`}}},
		"NUL":         {`[{"type":"a","payload":{"t":"\u0000\\u0000\ud800","n":12345678901234567890}}]`, []attachment{{"a", "", "", `{"n":12345678901234567890,"t":"` + "\uFFFD" + `\\u0000` + "\uFFFD" + `"}`}}},
		"none":        {`[]`, nil},
		"null":        {`null`, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := one(t, delivery(event(`"message":{"mid":"m","attachments":`+tc.json+`}`))).Message.Attachments
			if len(got) != len(tc.want) {
				t.Fatalf("%d attachments, want %d", len(got), len(tc.want))
			}
			for n, want := range tc.want {
				a := got[n]
				if a.Type != want.kind || a.URL != want.url || a.Title != want.title || want.payload != "" && string(a.Payload) != want.payload || !json.Valid(a.Payload) {
					t.Errorf("attachment %d: %+v payload %s, want %+v", n, a, a.Payload, want)
				}
			}
		})
	}
}

func TestOtherEvents(t *testing.T) {
	t.Parallel()
	read := func(payload string) instagram.Item { return one(t, delivery(event(payload))) }

	if i := read(`"read":{"mid":"m"}`); i.Kind != instagram.KindRead || i.MID != "m" || i.Read.MID != "m" {
		t.Errorf("read %+v", i)
	}
	i := read(`"postback":{"mid":"m","title":"Prices","payload":"PRICES"}`)
	if i.Kind != instagram.KindPostback || i.MID != "m" || i.Postback.Title != "Prices" || i.Postback.Payload != "PRICES" {
		t.Errorf("postback %+v", i)
	}
	if i := read(`"referral":{"ref":"flyer","source":"IGME-SOURCE-LINK","type":"OPEN_THREAD"}`); i.Kind != instagram.KindReferral || i.Referral.Ref != "flyer" {
		t.Errorf("referral %+v", i)
	}
	if i := read(`"optin":{"type":"notification_messages"}`); i.Kind != instagram.KindOptin {
		t.Errorf("optin %+v", i)
	}
	for _, key := range []string{"pass", "take", "request"} {
		if i := read(`"` + key + `_thread_control":{"new_owner_app_id":1}`); i.Kind != instagram.KindHandover {
			t.Errorf("%s: %+v", key, i)
		}
	}
	reaction := read(`"reaction":{"mid":"m","action":"react","reaction":"love","emoji":"\u2764\ufe0f"}`)
	if reaction.Kind != instagram.KindReaction || *reaction.Reaction != (instagram.Reaction{MID: "m", Action: "react", Name: "love", Emoji: "❤️"}) {
		t.Errorf("reaction %+v", reaction.Reaction)
	}
	if i := read(`"reaction":{"mid":"m","action":"unreact"}`); i.Reaction.Emoji != "" || i.Variant == reaction.Variant || i.MID != reaction.MID {
		t.Errorf("unreact %+v", i)
	}
}

func TestOddReferrals(t *testing.T) {
	t.Parallel()
	referral := func(payload string) instagram.Referral {
		return *one(t, delivery(`{"referral":`+payload+`}`)).Referral
	}
	for payload, want := range map[string]instagram.Referral{
		`{"ref":7,"ad_id":120000000000000001}`:                           {Ref: "7", AdID: "120000000000000001"},
		`{"ref":null,"source":{"odd":1},"type":["x"]}`:                   {},
		`{"source":"ADS","ads_context_data":{"ad_title":"Autumn"}}`:      {Source: "ADS", AdTitle: "Autumn"},
		`{"product":{"id":4712},"ads_context_data":null,"unknown":true}`: {ProductID: "4712"},
	} {
		if got := referral(payload); got != want {
			t.Errorf("%s: %+v, want %+v", payload, got, want)
		}
	}
	button := one(t, delivery(`{"postback":{"title":"Start","payload":"S","referral":{"ref":"bio"}}}`))
	if button.Postback.Referral == nil || button.Postback.Referral.Ref != "bio" || !instagram.IsMadeMID(button.MID) {
		t.Errorf("button %+v", button)
	}
}

// TestAnUnreadableItemNamesItsMID: so that an unsend finds what was kept of it.
func TestAnUnreadableItemNamesItsMID(t *testing.T) {
	t.Parallel()
	for item, want := range map[string]string{
		`{"message":{"mid":"m","text":{"odd":1}}}`:                "m",
		`{"sender":[],"message":{"mid":"m","text":"x"}}`:          "m",
		`{"message":{"text":"x"}}`:                                "",
		`{"message":{"mid":17,"text":{}},"reaction":{"mid":"r"}}`: "r",
		`"surprise"`: "",
		`{"sender":{"id":"a b"},"message":{"mid":"m m","text":"odd"}}`: "",
	} {
		items, err := instagram.ParseDelivery([]byte(delivery(item)))
		if err != nil || len(items) != 1 || items[0].Malformed == nil || items[0].MID != want {
			t.Errorf("%s: %+v, %v; want the mid %q", item, items, err, want)
		}
	}
}

func TestEditsThatAreNone(t *testing.T) {
	t.Parallel()
	for payload, applies := range map[string]bool{
		`{"mid":"m","text":"new","num_edit":1}`:   true,
		`{"mid":"m","text":"new","num_edit":"2"}`: true,
		`{"mid":"m","text":"","num_edit":3}`:      false,
		`{"mid":"m","num_edit":0}`:                false,
		`{"mid":"m","text":"new","num_edit":0}`:   false,
		`{"mid":"m","num_edit":1}`:                false,
		`{"mid":"m","text":"x","num_edit":"n"}`:   false,
	} {
		i := one(t, delivery(`{"message_edit":`+payload+`}`))
		if i.Kind != instagram.KindEdit || i.MID != "m" || i.Edit.Applies() != applies {
			t.Errorf("%s: %+v", payload, i.Edit)
		}
	}
}

// TestNames: a repeated delivery names the same event, and two different events never share a name.
func TestNames(t *testing.T) {
	t.Parallel()
	type name struct {
		kind         instagram.Kind
		mid, variant string
	}
	at := func(ms, payload string) string {
		return `{"sender":{"id":"` + customer + `"},"recipient":{"id":"` + account + `"},"timestamp":` + ms + `,` + payload + `}`
	}
	seen := map[name]string{}
	for _, item := range []string{
		at("1790000000001", `"message":{"mid":"m"}`), at("1790000000001", `"message":{"mid":"m","is_deleted":true}`),
		at("1790000000001", `"read":{"mid":"m"}`), at("1790000000001", `"read":{}`),
		at("1790000000001", `"reaction":{"mid":"m","action":"react","emoji":"a"}`), at("1790000000002", `"reaction":{"mid":"m","action":"react","emoji":"a"}`),
		at("1790000000001", `"reaction":{"mid":"m","action":"unreact"}`),
		at("1790000000001", `"message_edit":{"mid":"m","text":"a","num_edit":1}`), at("1790000000001", `"message_edit":{"mid":"m","text":"a","num_edit":2}`),
		at("1790000000001", `"postback":{"mid":"m","payload":"a"}`), at("1790000000001", `"postback":{"payload":"a"}`),
		at("1790000000001", `"postback":{"payload":"b"}`), at("1790000000002", `"postback":{"payload":"a"}`),
		at("1790000000001", `"referral":{"ref":"a"}`), at("1790000000001", `"referral":{"ref":"b"}`),
		at("1790000000001", `"optin":{"a":1}`), at("1790000000001", `"pass_thread_control":{"a":1}`), at("1790000000001", `"take_thread_control":{"a":1}`),
	} {
		first, second := one(t, delivery(item)), one(t, delivery(item))
		key := name{first.Kind, first.MID, first.Variant}
		if key != (name{second.Kind, second.MID, second.Variant}) {
			t.Errorf("two names for %s", item)
		}
		if other, ok := seen[key]; ok {
			t.Errorf("one name %v for\n%s\n%s", key, item, other)
		}
		seen[key] = item
	}
}
