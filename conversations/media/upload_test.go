package media_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"parlor/conversations/media"
	"parlor/tenants"
)

// The beginnings of every kind of file that matters here.
var heads = map[string]string{
	"png": "\x89PNG\r\n\x1a\n", "jpeg": "\xff\xd8\xff\xe0\x00\x10JFIF", "gif": "GIF89a", "webp": "RIFF\x00\x00\x00\x00WEBPVP8 ", "heic": "\x00\x00\x00\x18ftypheic",
	"avif": "\x00\x00\x00\x18ftypavif", "mp4": "\x00\x00\x00\x18ftypmp42", "mov": "\x00\x00\x00\x14ftypqt  ", "m4a": "\x00\x00\x00\x18ftypM4A ",
	"webm": "\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\x82\x84webm", "mkv": "\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska",
	"ogv": "OggS\x00\x02" + strings.Repeat("\x00", 22) + "\x80theora", "ogg": "OggS\x00\x02" + strings.Repeat("\x00", 22) + "\x01vorbis",
	"avi": "RIFF\x00\x00\x00\x00AVI LIST", "wav": "RIFF\x00\x00\x00\x00WAVEfmt ", "aac": "\xff\xf1\x50\x80", "mp3": "ID3\x04", "mp3 frames": "\xff\xfb\x90\x00",
	"pdf": "%PDF-1.7", "html": "<!doctype html>", "svg": "<svg xmlns=", "zip": "PK\x03\x04", "exe": "MZ\x90\x00", "text": "hello", "RIFF": "RIFF\x00\x00\x00\x00XXXX",
}

func TestWhatInstagramTakes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ file, declared, want string }{
		"png": {"png", "image/png", "image/png"}, "jpeg": {"jpeg", "image/jpeg", "image/jpeg"}, "gif": {"gif", "image/gif", "image/gif"},
		"mp4": {"mp4", "video/mp4", "video/mp4"}, "mov": {"mov", "video/quicktime", "video/quicktime"}, "webm": {"webm", "video/webm", "video/webm"},
		"ogv": {"ogv", "video/ogg", "video/ogg"}, "avi": {"avi", "video/x-msvideo", "video/x-msvideo"}, "aac": {"aac", "audio/aac", "audio/aac"},
		"m4a": {"m4a", "audio/x-m4a", "audio/mp4"}, "wav": {"wav", "audio/wav", "audio/wav"}, "mp4 to be heard": {"mp4", "audio/mp4", "audio/mp4"},
		"pdf": {"pdf", "application/pdf", "application/pdf"}, "nothing declared": {"png", "", "image/png"}, "declared as bytes": {"gif", "application/octet-stream", "image/gif"},
		"another picture than declared": {"png", "image/jpeg", "image/png"}, "with parameters": {"mp4", `video/mp4; codecs="avc1.42E01E"`, "video/mp4"},
		"declared as another kind": {"pdf", "image/png", ""}, "a page as a picture": {"html", "image/png", ""}, "a page": {"html", "text/html", ""}, "a drawing": {"svg", "image/svg+xml", ""},
		"webp": {"webp", "image/webp", ""}, "heic": {"heic", "image/heic", ""}, "avif": {"avif", "image/avif", ""}, "mkv": {"mkv", "video/x-matroska", ""}, "mp3": {"mp3", "audio/mpeg", ""},
		"mp3 frames": {"mp3 frames", "audio/mpeg", ""}, "ogg to be heard": {"ogg", "audio/ogg", ""}, "webm to be heard": {"webm", "audio/webm", ""}, "zip": {"zip", "application/zip", ""},
		"program": {"exe", "application/pdf", ""}, "text": {"text", "text/plain", ""}, "unreadable type": {"png", "image/", ""}, "sound as a video": {"m4a", "video/mp4", ""},
		"empty container": {"RIFF", "audio/wav", ""},
	} {
		got, err := media.Sendable(media.Sniff([]byte(heads[tc.file])), tc.declared)
		if got != tc.want || (tc.want == "") != errors.Is(err, media.ErrUploadType) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, head := range heads { // no beginning of a file is too short to be looked at
		for n := range len(head) {
			if is := media.Sniff([]byte(head[:n])); is != "application/octet-stream" && media.TypeNames[is] == "" {
				t.Errorf("%d bytes of %s are %q", n, name, is)
			}
		}
	}
}

func TestAnUploadIsKeptForInstagram(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	person := tenants.NewUserID()
	ctx := tenants.WithPrincipal(t.Context(), tenants.Principal{UserID: person, AccountID: r.acme, Role: tenants.RoleOwner})
	data := png(300_000)
	u, err := r.media.Accept(ctx, "image/png", iotest.OneByteReader(bytes.NewReader(data)))
	if err != nil || u.Kind != media.KindImage || u.ContentType != "image/png" || u.Bytes != int64(len(data)) {
		t.Fatalf("%+v, %v", u, err)
	}
	if again, err := r.media.Upload(r.as(r.acme), u.ID); err != nil || again.Bytes != u.Bytes || again.Kind != u.Kind {
		t.Errorf("%+v, %v", again, err)
	}
	var who string
	if r.ask(&who, "select user_id::text from tenant.uploads where upload_id = $1", u.ID); who != person.String() {
		t.Errorf("uploaded by %s", who)
	}
	f, got, err := r.read(r.media.OpenUpload(r.as(r.acme), u.ID, nil))
	if err != nil || !bytes.Equal(got, data) || f.ContentType != "image/png" || f.Size != int64(len(data)) {
		t.Errorf("%+v, %d bytes, %v", f, len(got), err)
	}
	if f, got, err := r.read(r.media.OpenUpload(r.as(r.acme), u.ID, &media.Span{First: 70_000, Last: 70_009})); err != nil || !bytes.Equal(got, data[70_000:70_010]) || !f.Partial {
		t.Errorf("a part: %+v, %d bytes, %v", f, len(got), err)
	}
	sent := r.attachment(r.acme, "image", `{"upload_id":"`+u.ID.String()+`"}`)
	if _, got, err := r.read(r.media.Open(r.as(r.acme), sent, nil)); err != nil || !bytes.Equal(got, data) {
		t.Errorf("in our own message: %d bytes, %v", len(got), err)
	}
	for name, sealed := range r.blobs() {
		if !strings.HasPrefix(name, r.acme.String()+"/") || bytes.Contains(sealed, data[:16]) {
			t.Errorf("blob %s is readable or in the wrong place", name)
		}
	}
	if r.count("blob_removals") != 0 {
		t.Error("the upload is still on the list of removals")
	}
}

// endless gives zeros after a head, and counts what was taken.
type endless struct {
	head  io.Reader
	taken int64
}

func (e *endless) Read(p []byte) (int, error) {
	n, err := e.head.Read(p)
	if err != nil {
		clear(p)
		n = len(p)
	}
	e.taken += int64(n)
	return n, nil
}

func TestUploadsThatLeaveNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	broken := errors.New("the line is cut")
	long := func(head string) *endless { return &endless{head: strings.NewReader(head)} }
	picture, video := long(heads["png"]), long(heads["mp4"])
	for name, tc := range map[string]struct {
		body io.Reader
		want error
	}{
		"nothing": {strings.NewReader(""), media.ErrUploadEmpty}, "a page": {strings.NewReader(heads["html"]), media.ErrUploadType},
		"an endless page": {long(heads["html"]), media.ErrUploadType}, "cut at once": {iotest.ErrReader(broken), broken},
		"cut in the beginning": {io.MultiReader(strings.NewReader(heads["png"]), iotest.ErrReader(broken)), broken},
		"cut in the middle":    {io.MultiReader(bytes.NewReader(png(500_000)), iotest.ErrReader(broken)), media.ErrUploadBroken},
		"an endless picture":   {picture, &media.UploadTooLargeError{}}, "an endless video": {video, &media.UploadTooLargeError{}},
		"a byte too long": {bytes.NewReader(png(8<<20 + 1)), &media.UploadTooLargeError{}},
	} {
		u, err := r.media.Accept(r.as(r.acme), "", tc.body)
		over, tooLarge := errors.AsType[*media.UploadTooLargeError](err)
		if _, want := tc.want.(*media.UploadTooLargeError); want != tooLarge || !want && !errors.Is(err, tc.want) { //nolint:errorlint // a table's own value
			t.Errorf("%s: %+v, %v", name, u, err)
		}
		if tooLarge && over.LimitBytes != map[media.Kind]int64{media.KindImage: 8 << 20, media.KindVideo: 25 << 20}[over.Kind] {
			t.Errorf("%s: %v", name, err)
		}
	}
	if picture.taken > 9<<20 || video.taken > 26<<20 {
		t.Errorf("%d and %d bytes were read", picture.taken, video.taken)
	}
	if len(r.blobs()) > 0 || r.count("uploads") > 0 || r.count("blob_removals") > 0 {
		t.Errorf("left: %d blobs, %d rows, %d removals", len(r.blobs()), r.count("uploads"), r.count("blob_removals"))
	}
	if u, err := r.media.Accept(r.as(r.acme), "", bytes.NewReader(png(8<<20))); err != nil || u.Bytes != 8<<20 {
		t.Errorf("8 MB: %+v, %v", u, err)
	}
}

func TestAnAccountHasSoMuchRoom(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *media.Options) { o.RoomBytes = 150_000 })
	for i, want := range []error{nil, nil, media.ErrUploadQuota} {
		if _, err := r.media.Accept(r.as(r.acme), "", bytes.NewReader(png(100_000))); !errors.Is(err, want) {
			t.Errorf("upload %d: %v, want %v", i, err, want)
		}
	}
	if _, err := r.media.Accept(r.as(r.globex), "", bytes.NewReader(png(100_000))); err != nil {
		t.Errorf("another account: %v", err)
	}
}

// The sender goes away: its context ends while the file is read. What has begun is taken back all the same.
func TestASenderWhoGoesAway(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	ctx, leave := context.WithCancel(r.as(r.acme))
	body := io.MultiReader(bytes.NewReader(png(500_000)), readerFunc(func([]byte) (int, error) { leave(); return 0, ctx.Err() }))
	if _, err := r.media.Accept(ctx, "", body); !errors.Is(err, media.ErrUploadBroken) {
		t.Errorf("err = %v", err)
	}
	if len(r.blobs()) > 0 || r.count("uploads") > 0 || r.count("blob_removals") > 0 {
		t.Errorf("left: %d blobs, %d rows, %d removals", len(r.blobs()), r.count("uploads"), r.count("blob_removals"))
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestWithoutAStoreNothingIsTaken(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *media.Options) { o.Bucket, o.KeepDays = nil, 7 })
	if _, err := r.media.Accept(r.as(r.acme), "", bytes.NewReader(png(100))); !errors.Is(err, media.ErrNoStore) {
		t.Errorf("err = %v", err)
	}
	r.origin.put("/a", png(600))
	id := r.attachment(r.acme, "image", r.at("/a"))
	if _, data, err := r.read(r.media.Open(r.as(r.acme), id, nil)); err != nil || len(data) != 600 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if n, err := r.media.Sweep(t.Context()); n != 0 || err != nil {
		t.Errorf("sweep: %d, %v", n, err)
	}
}
