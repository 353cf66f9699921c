package media_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"parlor/conversations/media"
	"parlor/instagram"
	"parlor/tenants"
)

func TestFilesAreWhatTheirBytesSay(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for name, tc := range map[string]struct {
		kind   string
		data   []byte
		is     string
		inline bool
		called string
	}{
		"picture":           {"image", png(3000), "image/png", true, "image.png"},
		"video":             {"video", mp4(3000), "video/mp4", true, "video.mp4"},
		"voice note":        {"audio", mp4(3000), "audio/mp4", true, "audio.m4a"},
		"document":          {"file", padded("%PDF-1.7", 900), "application/pdf", false, "file.pdf"},
		"page":              {"image", html(600), "application/octet-stream", false, "file"},
		"drawing":           {"image", padded(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">`, 600), "application/octet-stream", false, "file"},
		"XML":               {"image", padded(`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">`, 600), "application/octet-stream", false, "file"},
		"text":              {"file", []byte("hello"), "application/octet-stream", false, "file"},
		"nothing":           {"image", []byte{}, "application/octet-stream", false, "file"},
		"UTF-16 page":       {"image", []byte("\xff\xfe<\x00h\x00t\x00m\x00l\x00"), "application/octet-stream", false, "file"},
		"script as a video": {"video", []byte("alert(1)//ftypisom"), "application/octet-stream", false, "file"},
	} {
		path := "/" + strings.ReplaceAll(name, " ", "-")
		r.origin.put(path, tc.data)
		id := r.attachment(r.acme, tc.kind, r.at(path))
		f, data, err := r.read(r.media.Open(r.as(r.acme), id, nil))
		if err != nil || !bytes.Equal(data, tc.data) || f.ContentType != tc.is || f.Inline != tc.inline || f.Name != tc.called || f.Partial || f.Size != int64(len(tc.data)) {
			t.Errorf("%s: %+v, %d bytes, %v", name, f, len(data), err)
		}
	}
	if len(r.blobs()) > 0 || r.count("kept_media") > 0 || r.count("blob_removals") > 0 {
		t.Error("something was kept though nothing may be")
	}
}

func TestAnotherAccountsFilesAreNotThere(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *media.Options) { o.KeepDays = 30 })
	r.origin.put("/a", png(600))
	id := r.attachment(r.acme, "image", r.at("/a"))
	if _, _, err := r.read(r.media.Open(r.as(r.acme), id, nil)); err != nil {
		t.Fatal(err)
	}
	u, err := r.media.Accept(r.as(r.acme), "", bytes.NewReader(png(600)))
	if err != nil {
		t.Fatal(err)
	}
	sent := r.attachment(r.globex, "image", fmt.Sprintf(`{"upload_id":%q}`, u.ID))
	before := r.origin.seen()
	for name, err := range map[string]error{
		"open": second(r.media.Open(r.as(r.globex), id, nil)), "missing": second(r.media.Open(r.as(r.acme), uuid.New(), nil)), "keep": r.media.Keep(r.as(r.globex), id),
		"upload": second(r.media.Upload(r.as(r.globex), u.ID)), "open upload": second(r.media.OpenUpload(r.as(r.globex), u.ID, nil)),
	} {
		if !errors.Is(err, media.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.media.Open(r.as(r.globex), sent, nil); !errors.Is(err, media.ErrExpired) {
		t.Errorf("a message that names another account's upload: %v", err)
	}
	if _, err := r.media.Open(t.Context(), id, nil); !errors.Is(err, tenants.ErrNoAccount) {
		t.Errorf("without an account: %v", err)
	}
	if r.origin.seen() != before {
		t.Error("the foreign server was asked")
	}
}

func second[T any](_ T, err error) error { return err }

func TestPartsOfFiles(t *testing.T) {
	t.Parallel()
	for name, server := range map[string]func(*origin){
		"ranges": func(*origin) {}, "no ranges": func(o *origin) { o.noRanges = true },
	} {
		for keep := range 2 {
			t.Run(fmt.Sprintf("%s, kept %d days", name, keep), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, func(o *media.Options) { o.KeepDays = keep })
				server(r.origin)
				data := mp4(200_000)
				r.origin.put("/v", data)
				r.parts(r.attachment(r.acme, "video", r.at("/v")), data)
			})
		}
	}
}

// parts asks for parts of a video, of its middle first, when its type is not known yet.
func (r *rig) parts(id uuid.UUID, data []byte) {
	r.t.Helper()
	size := len(data)
	for header, want := range map[string][2]int{
		"bytes=150000-150099": {150000, 150100}, "bytes=0-": {0, size}, "bytes=199000-": {199000, size}, "bytes=-500": {size - 500, size},
		"bytes=0-0": {0, 1}, "bytes=199999-199999": {size - 1, size}, "bytes=100000-999999999": {100000, size}, "bytes=-999999": {0, size},
	} {
		f, got, err := r.read(r.media.Open(r.as(r.acme), id, media.ParseSpan(header)))
		if err != nil || !bytes.Equal(got, data[want[0]:want[1]]) || !f.Partial || f.Offset != int64(want[0]) || f.Length != int64(len(got)) || f.Size != int64(size) {
			r.t.Errorf("%s: %+v, %d bytes, %v", header, f, len(got), err)
		}
		if f.ContentType != "video/mp4" {
			r.t.Errorf("%s is %s", header, f.ContentType)
		}
	}
	for _, header := range []string{"", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=0-1,5-9", "lines=0-5", "bytes=+1-5", "bytes=0x1-5", "bytes=1-99999999999999999999"} {
		if f, got, err := r.read(r.media.Open(r.as(r.acme), id, media.ParseSpan(header))); err != nil || f.Partial || !bytes.Equal(got, data) {
			r.t.Errorf("%q: %+v, %d bytes, %v", header, f, len(got), err)
		}
	}
	if _, err := r.media.Open(r.as(r.acme), id, media.ParseSpan("bytes=200000-")); !errors.Is(err, media.ErrSpan) {
		r.t.Errorf("beyond the end: %v", err)
	}
}

func TestAServerThatTellsNoLength(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.origin.noLengths = true
	r.origin.put("/v", mp4(100_000))
	id := r.attachment(r.acme, "video", r.at("/v"))
	f, data, err := r.read(r.media.Open(r.as(r.acme), id, media.ParseSpan("bytes=10-20")))
	if err != nil || f.Partial || f.Size != -1 || f.Length != -1 || len(data) != 100_000 {
		t.Errorf("%+v, %d bytes, %v", f, len(data), err)
	}
}

func TestAnExpiredAddressIsRenewedOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.origin.put("/new", png(700))
	ids := r.attachments(r.acme, "image", r.at("/old"), "ig_story", fmt.Sprintf(`{"story_media_id":"7","story_media_url":%q}`, r.origin.url+"/old"), "image", r.at("/old2"))
	r.fresh = []instagram.Attachment{
		{Type: "image", URL: r.origin.url + "/new"}, {Type: "image", URL: r.origin.url + "/new"}, {Type: "ig_story", URL: r.origin.url + "/new"},
	}
	var wait sync.WaitGroup
	for _, id := range ids {
		for range 4 {
			wait.Go(func() {
				if _, data, err := r.read(r.media.Open(r.as(r.acme), id, nil)); err != nil || !bytes.Equal(data, png(700)) {
					t.Errorf("%d bytes, %v", len(data), err)
				}
			})
		}
	}
	wait.Wait()
	asked := len(r.asked)
	if asked < 1 || asked > len(ids) {
		t.Errorf("Instagram was asked %d times", asked)
	}
	for i, key := range []string{"url", "story_media_url", "url"} {
		var payload json.RawMessage
		r.ask(&payload, "select payload from tenant.attachments where attachment_id = $1", ids[i])
		var fields map[string]string
		if err := json.Unmarshal(payload, &fields); err != nil || fields[key] != r.origin.url+"/new" || len(fields) != 2 {
			t.Errorf("payload = %s, %v", payload, err)
		}
	}
	if _, _, err := r.read(r.media.Open(r.as(r.acme), ids[0], nil)); err != nil || len(r.asked) != asked {
		t.Errorf("after it: %v, asked %d times", err, len(r.asked))
	}
}

func TestWhatInstagramDoesNotGiveAnyMore(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fresh []instagram.Attachment
		fault error
	}{
		"no attachments":        {},
		"of another type alone": {fresh: []instagram.Attachment{{Type: "video"}, {Type: "audio"}}},
		"an address that fails": {fresh: []instagram.Attachment{{Type: "image", URL: "/gone"}}},
		"called deleted":        {fault: &instagram.APIError{Operation: "message", HTTPStatus: 400, Code: 100, Subcode: 33}},
		"our word":              {fault: media.ErrExpired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			for _, a := range tc.fresh {
				if a.URL != "" {
					a.URL = r.origin.url + a.URL
				}
				r.fresh = append(r.fresh, a)
			}
			r.fault = tc.fault
			id := r.attachment(r.acme, "image", r.at("/old"))
			for range 3 {
				if _, err := r.media.Open(r.as(r.acme), id, nil); !errors.Is(err, media.ErrExpired) {
					t.Errorf("err = %v", err)
				}
			}
			if len(r.asked) != 1 {
				t.Errorf("Instagram was asked %d times", len(r.asked))
			}
			var noted bool
			if r.ask(&noted, "select expired_at is not null from tenant.attachments where attachment_id = $1", id); !noted {
				t.Error("not written down")
			}
			r.pass(25 * time.Hour)
			r.origin.put("/back", png(600))
			r.fresh, r.fault = []instagram.Attachment{{Type: "image", URL: r.origin.url + "/back"}}, nil
			if _, _, err := r.read(r.media.Open(r.as(r.acme), id, nil)); err != nil {
				t.Errorf("a day later: %v", err)
			}
			if r.ask(&noted, "select expired_at is not null from tenant.attachments where attachment_id = $1", id); noted {
				t.Error("still noted as expired")
			}
		})
	}
}

func TestInstagramIsNotAskedInVainAgainAndAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	id := r.attachment(r.acme, "image", r.at("/old"))
	r.fault = &instagram.APIError{Operation: "message", HTTPStatus: 400, Code: 190}
	for range 3 {
		if _, err := r.media.Open(r.as(r.acme), id, nil); !errors.Is(err, media.ErrUpstream) {
			t.Errorf("err = %v", err)
		}
	}
	if len(r.asked) != 1 {
		t.Errorf("asked %d times", len(r.asked))
	}
	r.pass(2 * time.Minute)
	r.origin.put("/new", png(600))
	r.fresh, r.fault = []instagram.Attachment{{Type: "image", URL: r.origin.url + "/new"}}, nil
	if _, _, err := r.read(r.media.Open(r.as(r.acme), id, nil)); err != nil {
		t.Errorf("connected again: %v", err)
	}
	r.origin.down = true
	if _, err := r.media.Open(r.as(r.acme), id, nil); !errors.Is(err, media.ErrUpstream) || len(r.asked) != 2 {
		t.Errorf("server down: %v, asked %d times", err, len(r.asked))
	}
}

// What Instagram answers is no more to be trusted than a webhook.
func TestARenewedAddressIsCheckedToo(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for _, address := range []string{"http://169.254.169.254/", "https://evil.example/x", "file:///etc/passwd", "x"} {
		id := r.attachment(r.acme, "image", r.at("/old"))
		r.fresh = []instagram.Attachment{{Type: "image", URL: address}}
		if _, err := r.media.Open(r.as(r.acme), id, nil); !errors.Is(err, media.ErrRefused) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestFilesPassedOnAtOnceAreFew(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *media.Options) { o.AtOnce, o.AtOncePerAccount = 3, 2 })
	r.origin.put("/a", png(600))
	id, other := r.attachment(r.acme, "image", r.at("/a")), r.attachment(r.globex, "image", r.at("/a"))
	var open []media.File
	for range 2 {
		f, err := r.media.Open(r.as(r.acme), id, nil)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, f)
	}
	third := make(chan error, 1)
	go func() {
		f, err := r.media.Open(r.as(r.acme), id, nil)
		if err == nil {
			_ = f.Body.Close()
		}
		third <- err
	}()
	if _, _, err := r.read(r.media.Open(r.as(r.globex), other, nil)); err != nil {
		t.Errorf("another account waits for the first one's: %v", err)
	}
	select {
	case err := <-third:
		t.Errorf("a third file of one account was opened, with two seats: %v", err)
	default:
	}
	_ = open[0].Body.Close()
	if err := <-third; err != nil {
		t.Errorf("with a seat free: %v", err)
	}
	_ = open[1].Body.Close()
}

// Whoever looks at files, however slowly and in whichever account, holds up no reply: Instagram would not come a second time.
func TestInstagramFindsASeat(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *media.Options) { o.AtOnce, o.AtOncePerAccount = 2, 2 })
	u, err := r.media.Accept(r.as(r.acme), "", bytes.NewReader(png(600)))
	if err != nil {
		t.Fatal(err)
	}
	sent := r.attachment(r.acme, "image", `{"upload_id":"`+u.ID.String()+`"}`)
	for range 2 {
		f, err := r.media.Open(r.as(r.acme), sent, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Body.Close()
	}
	ctx, cancel := context.WithTimeout(r.as(r.acme), 5*time.Second)
	defer cancel()
	if _, data, err := r.read(r.media.OpenUpload(ctx, u.ID, nil)); err != nil || len(data) != 600 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}
