package instagram_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"parlor/instagram"
)

const (
	account  = "17841463072915507" // odd and above 2^53: a float would change it
	customer = "9182736450918273"
	mid      = "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOjE"
	stamp    = "1790000000123"
)

var stampTime = time.UnixMilli(1790000000123).UTC()

// event is one messaging item from the customer with the payload given as JSON.
func event(payload string) string {
	return fmt.Sprintf(`{"sender":{"id":"%s"},"recipient":{"id":"%s"},"timestamp":%s,%s}`, customer, account, stamp, payload)
}

func delivery(items ...string) string {
	return fmt.Sprintf(`{"object":"instagram","entry":[{"id":"%s","time":%s,"messaging":[%s]}]}`, account, stamp, strings.Join(items, ","))
}

func parse(t *testing.T, body string) []instagram.Item {
	t.Helper()
	items, err := instagram.ParseDelivery([]byte(body))
	if err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	for n, item := range items {
		if item.No != n {
			t.Errorf("item %d has No %d", n, item.No)
		}
	}
	return items
}

// one parses a delivery of a single readable item.
func one(t *testing.T, body string) instagram.Item {
	t.Helper()
	items := parse(t, body)
	if len(items) != 1 || items[0].Malformed != nil {
		t.Fatalf("%d items, first malformed: %v\n%s", len(items), items[0].Malformed, body)
	}
	return items[0]
}

func TestEnvelopes(t *testing.T) {
	t.Parallel()
	item := event(`"message":{"mid":"` + mid + `","text":"hi"}`)
	tests := map[string]string{
		"bare":          delivery(item),
		"outer array":   "[" + delivery(item) + "]",
		"object last":   fmt.Sprintf(`{"entry":[{"messaging":[%s],"time":1,"id":"%s"}],"object":"instagram"}`, item, account),
		"numeric id":    fmt.Sprintf(`{"object":"instagram","entry":[{"id":%s,"time":1,"messaging":[%s]}]}`, account, item),
		"string time":   fmt.Sprintf(`{"object":"instagram","entry":[{"id":"%s","time":"1790000000","messaging":[%s]}]}`, account, item),
		"single event":  fmt.Sprintf(`{"object":"instagram","entry":[{"id":"%s","messaging":%s}]}`, account, item),
		"single entry":  fmt.Sprintf(`{"object":"instagram","entry":{"id":"%s","messaging":[%s]}}`, account, item),
		"no object":     fmt.Sprintf(`{"entry":[{"id":"%s","messaging":[%s]}]}`, account, item),
		"unknown keys":  fmt.Sprintf(`{"object":"instagram","x":[],"entry":[{"uid":1,"id":"%s","messaging":[%s]}]}`, account, item),
		"numeric sides": strings.NewReplacer(`"`+customer+`"`, customer, `"`+account+`"`, account).Replace(delivery(item)),
	}
	for name, body := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := one(t, body)
			if got.EntryID != account || got.SenderID != customer || got.RecipientID != account || got.Customer() != customer {
				t.Errorf("ids %+v", got)
			}
			if got.Kind != instagram.KindMessage || got.MID != mid || got.Variant != "" || got.Message.Text != "hi" || !got.At.Equal(stampTime) {
				t.Errorf("item %+v", got)
			}
		})
	}
}

func TestRawIsExact(t *testing.T) {
	t.Parallel()
	item := `{ "sender" : {"id":"` + customer + `","username":"x"},"message":{"mid":"m","text":"\u00e4\/","later":{"a":1.50}} }`
	if got := one(t, delivery(" "+item+" ")); string(got.Raw) != item {
		t.Errorf("raw\n%s\nwant\n%s", got.Raw, item)
	}
}

func TestChannels(t *testing.T) {
	t.Parallel()
	entry := func(rest string) string {
		return fmt.Sprintf(`{"object":"instagram","entry":[{"id":"%s","time":1790000000,%s}]}`, account, rest)
	}
	message := event(`"message":{"mid":"m1","text":"hi"}`)
	tests := map[string]struct {
		body string
		want instagram.Kind
	}{
		"standby":           {entry(`"standby":[` + message + `]`), "standby_message"},
		"comment change":    {entry(`"changes":[{"field":"comments","value":{"id":"1","text":"x"}}]`), instagram.KindComment},
		"live comment":      {entry(`"changes":[{"field":"live_comments","value":{}}]`), instagram.KindComment},
		"flat comment":      {entry(`"field":"comments","value":{"id":"1"}`), instagram.KindComment},
		"other change":      {entry(`"changes":[{"field":"story_insights","value":{}}]`), instagram.KindOther},
		"test button":       {entry(`"changes":[{"field":"messages","value":` + message + `}]`), instagram.KindMessage},
		"nothing":           {entry(`"x":1`), instagram.KindEmpty},
		"empty list":        {entry(`"messaging":[]`), instagram.KindEmpty},
		"other product":     {`{"object":"page","entry":[{"id":"1","messaging":[]}]}`, instagram.KindOther},
		"no payload":        {entry(`"messaging":[{"sender":{"id":"1"},"timestamp":1}]`), instagram.KindEmpty},
		"unknown payload":   {entry(`"messaging":[{"sender":{"id":"1"},"poll":{}}]`), instagram.KindOther},
		"null payload":      {entry(`"messaging":[{"sender":{"id":"1"},"message":null}]`), instagram.KindOther},
		"change in change":  {entry(`"changes":[{"field":"messages","value":{"field":"messages","value":{}}}]`), instagram.KindOther},
		"message of change": {entry(`"changes":[{"field":"message_edit","value":{"message_edit":{"mid":"m","num_edit":0}}}]`), instagram.KindEdit},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := one(t, tc.body)
			if got.Kind != tc.want {
				t.Errorf("kind %q, want %q", got.Kind, tc.want)
			}
			if got.Kind.Standby() != strings.HasPrefix(string(tc.want), "standby") {
				t.Errorf("standby = %v", got.Kind.Standby())
			}
			in := instagram.ItemContext{EntryID: got.EntryID, EntryTime: time.Unix(1790000000, 0), Standby: got.Kind.Standby()}
			again := instagram.ParseItem(in, got.Raw)
			if name != "nothing" && name != "empty list" && name != "other product" && (again.Kind != got.Kind || again.MID != got.MID || again.Variant != got.Variant) {
				t.Errorf("read again as %q %q %q, first %q %q %q", again.Kind, again.MID, again.Variant, got.Kind, got.MID, got.Variant)
			}
		})
	}
}

func TestOneBadItemSpoilsNoOther(t *testing.T) {
	t.Parallel()
	good := event(`"message":{"mid":"m1","text":"hi"}`)
	for name, bad := range map[string]string{
		"number": `7`, "string": `"x"`, "null": `null`, "array": `[1]`,
		"message is text": event(`"message":"hi"`),
		"message no mid":  event(`"message":{"text":"hi"}`),
		"text is number":  event(`"message":{"mid":"m","text":5}`),
		"mid is number":   event(`"message":{"mid":5}`),
		"mid too long":    event(`"message":{"mid":"` + strings.Repeat("m", 2000) + `"}`),
		"mid with NUL":    event(`"message":{"mid":"m\u0000"}`),
		"float id":        `{"sender":{"id":1.7e16},"message":{"mid":"m"}}`,
		"id is an object": `{"sender":{"id":{}},"message":{"mid":"m"}}`,
		"id with a quote": `{"sender":{"id":"1 or 1"},"message":{"mid":"m"}}`,
		"sender is text":  `{"sender":"1","message":{"mid":"m"}}`,
		"reaction no mid": event(`"reaction":{"action":"react"}`),
		"edit is a list":  event(`"message_edit":[]`),
		"attachment text": event(`"message":{"mid":5,"attachments":"x"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			items := parse(t, delivery(good, bad, good))
			if len(items) != 3 || items[0].Malformed != nil || items[2].Malformed != nil {
				t.Fatalf("items %+v", items)
			}
			got := items[1]
			if !errors.Is(got.Malformed, instagram.ErrMalformedItem) || got.EntryID != account || string(got.Raw) != bad || got.Kind != "" {
				t.Errorf("bad item %+v", got)
			}
		})
	}
	items := parse(t, `[`+delivery(good)+`,7,{"object":"instagram","entry":[5,{"id":{}},{"id":"1","messaging":"x"}]}]`)
	if len(items) != 5 || items[0].Malformed != nil {
		t.Fatalf("items %+v", items)
	}
	for _, item := range items[1:] {
		if item.Malformed == nil {
			t.Errorf("taken: %s", item.Raw)
		}
	}
}

func TestUnreadableDeliveries(t *testing.T) {
	t.Parallel()
	body := delivery(event(`"message":{"mid":"m1","text":"hi"}`))
	for name, bad := range map[string]string{
		"empty": "", "text": "hello", "html": "<html>", "truncated": body[:len(body)-3], "trailing": body + "}",
		"number": "5", "null": "null", "no entry": `{"object":"instagram"}`, "no items": `[]`, "null entry": `{"entry":null}`,
		"entry text": `{"object":"instagram","entry":"x"`,
		"deep":       `{"object":"instagram","entry":[{"id":"1","messaging":[{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}]}]}`,
		"very deep":  strings.Repeat("[", 2_000_000),
		"many":       delivery(strings.Repeat("{},", 6000) + "{}"),
		"entries":    `{"object":"instagram","entry":[` + strings.Repeat("{},", 6000) + "{}]}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if items, err := instagram.ParseDelivery([]byte(bad)); !errors.Is(err, instagram.ErrMalformedDelivery) {
				t.Errorf("%d items, error %v", len(items), err)
			}
		})
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Time{
		"1790000000123":                 stampTime,
		`"1790000000123"`:               stampTime,
		"1790000000":                    stampTime.Truncate(time.Second),
		`"1790000000"`:                  stampTime.Truncate(time.Second),
		`"2026-09-21T13:33:20+0000"`:    time.Date(2026, 9, 21, 13, 33, 20, 0, time.UTC),
		`"2026-09-21T15:33:20.5+02:00"`: time.Date(2026, 9, 21, 13, 33, 20, 500_000_000, time.UTC),
		"1.790000000123e12":             stampTime,
		"0":                             {},
		"-5":                            {},
		"9e300":                         {},
		`"yesterday"`:                   {},
		"null":                          {},
		"{}":                            {},
		"true":                          {},
		`"NaN"`:                         {},
	} {
		body := fmt.Sprintf(`{"object":"instagram","entry":[{"id":"1","messaging":[{"timestamp":%s,"message":{"mid":"m"}}]}]}`, text)
		if got := one(t, body); !got.At.Equal(want) || got.At.Location() != time.UTC {
			t.Errorf("%s is %s, want %s", text, got.At, want)
		}
	}
	body := `{"object":"instagram","entry":[{"id":"1","time":1790000000123,"messaging":[{"message":{"mid":"m"}}]}]}`
	if got := one(t, body); !got.At.Equal(stampTime) {
		t.Errorf("the entry's time is not used: %s", got.At)
	}
}

func FuzzParseDelivery(f *testing.F) {
	for _, payload := range []string{
		`"message":{"mid":"m","text":"\ud83d\ude0d","attachments":[{"type":"image","payload":{"url":"https:\/\/x"}}]}`,
		`"message":{"mid":"m","is_echo":true,"attachments":{"type":"like_heart"}}`,
		`"reaction":{"mid":"m","action":"react","emoji":"\u2764"}`, `"postback":{"title":"a","payload":{"b":1}}`,
		`"message_edit":{"mid":"m","num_edit":"1","text":""}`, `"read":{"mid":"m"}`, `"referral":{"ref":"r","ad_id":1}`,
	} {
		f.Add([]byte(delivery(event(payload))))
		f.Add([]byte("[" + delivery(event(payload), "7") + "]"))
	}
	f.Add([]byte(`{"object":"instagram","entry":[{"id":0,"field":"comments","value":{}},{"id":"1","changes":[{"field":"messages","value":{}}]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		items, err := instagram.ParseDelivery(body)
		if err != nil {
			if !errors.Is(err, instagram.ErrMalformedDelivery) || items != nil {
				t.Fatalf("error %v with %d items", err, len(items))
			}
			return
		}
		if len(items) == 0 {
			t.Fatal("neither items nor an error")
		}
		for n, item := range items {
			checkItem(t, n, item)
		}
	})
}

// checkItem holds for every item, whatever the bytes were.
func checkItem(t *testing.T, n int, item instagram.Item) {
	t.Helper()
	if item.No != n || len(item.Raw) == 0 {
		t.Fatalf("item %d: No %d, %d raw bytes", n, item.No, len(item.Raw))
	}
	if (item.Kind == "") != (item.Malformed != nil) {
		t.Fatalf("item %d is %q and malformed: %v", n, item.Kind, item.Malformed)
	}
	if len(item.MID) > 1024 || len(item.SenderID) > 64 || strings.ContainsAny(item.MID+item.SenderID+item.EntryID+item.Variant, "\x00 ") {
		t.Fatalf("item %d has odd ids", n)
	}
	if item.Message == nil {
		return
	}
	if strings.Contains(item.Message.Text, "\x00") {
		t.Fatalf("item %d has NUL in its text", n)
	}
	for _, a := range item.Message.Attachments {
		if a.Payload[0] != '{' {
			t.Fatalf("payload %s is no object", a.Payload)
		}
	}
}
