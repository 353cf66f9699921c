package media_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"parlor/conversations/media"
)

func keepDays(days int) func(*media.Options) { return func(o *media.Options) { o.KeepDays = days } }

func TestKeptCopiesAreSealedAndServed(t *testing.T) {
	t.Parallel()
	r := newRig(t, keepDays(7))
	data := bytes.Repeat([]byte("a secret holiday picture "), 8000)
	copy(data, png(8))
	r.origin.put("/a", data)
	id := r.attachment(r.acme, "image", r.at("/a"))
	if err := r.media.Keep(r.as(r.acme), id); err != nil {
		t.Fatal(err)
	}
	r.origin.put("/a", nil) // gone at Instagram
	for range 2 {
		f, got, err := r.read(r.media.Open(r.as(r.acme), id, nil))
		if err != nil || !bytes.Equal(got, data) || f.ContentType != "image/png" || f.Size != int64(len(data)) {
			t.Errorf("%+v, %d bytes, %v", f, len(got), err)
		}
	}
	if n := r.origin.seen(); n != 1 {
		t.Errorf("the server was asked %d times", n)
	}
	blobs := r.blobs()
	if len(blobs) != 1 || r.count("kept_media") != 1 || r.count("blob_removals") != 0 {
		t.Errorf("%d blobs, %d rows, %d on the list of removals", len(blobs), r.count("kept_media"), r.count("blob_removals"))
	}
	for name, sealed := range blobs {
		if !strings.HasPrefix(name, r.acme.String()+"/") || strings.Contains(name, id.String()) {
			t.Errorf("blob is called %s", name)
		}
		if bytes.Contains(sealed, []byte("holiday")) || bytes.Contains(sealed, []byte("\x89PNG\r\n\x1a\n")) {
			t.Error("the copy is readable")
		}
	}
}

func TestStoriesAreNeverKept(t *testing.T) {
	t.Parallel()
	r := newRig(t, keepDays(7))
	r.origin.put("/a", png(900))
	for _, kind := range []string{"story_mention", "story_reply", "ig_story", "story"} {
		id := r.attachment(r.acme, kind, r.at("/a"))
		if err := r.media.Keep(r.as(r.acme), id); err != nil {
			t.Error(err)
		}
		if _, data, err := r.read(r.media.Open(r.as(r.acme), id, nil)); err != nil || len(data) != 900 {
			t.Errorf("%s: %d bytes, %v", kind, len(data), err)
		}
	}
	if len(r.blobs()) > 0 || r.count("kept_media") > 0 {
		t.Error("a story was kept")
	}
}

func TestACopyOpensForItsAttachmentAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t, keepDays(7))
	r.origin.put("/a", png(900))
	r.origin.put("/b", mp4(900))
	mine, yours := r.attachment(r.acme, "image", r.at("/a")), r.attachment(r.globex, "image", r.at("/b"))
	if err := errors.Join(r.media.Keep(r.as(r.acme), mine), r.media.Keep(r.as(r.globex), yours)); err != nil {
		t.Fatal(err)
	}
	// Somebody with access to the database points one account's row at the other's bytes.
	r.database.Exec(t, "update tenant.kept_media k set blob_key = (select blob_key from tenant.kept_media where account_id = $2) where account_id = $1", r.globex, r.acme)
	if _, data, err := r.read(r.media.Open(r.as(r.globex), yours, nil)); err != nil || !bytes.Equal(data, mp4(900)) {
		t.Errorf("%q, %v: want the account's own file, fetched anew", data[:min(len(data), 8)], err)
	}
}

// Lost bytes, and bytes sealed with a key that is no more, are fetched once more while Instagram gives them.
func TestALostCopyIsFetchedAnew(t *testing.T) {
	t.Parallel()
	r := newRig(t, keepDays(7))
	r.origin.put("/a", png(200_000))
	id := r.attachment(r.acme, "image", r.at("/a"))
	if err := r.media.Keep(r.as(r.acme), id); err != nil {
		t.Fatal(err)
	}
	rotated := r.open(func(o *media.Options) { o.KeepDays, o.Key = 7, []byte(anotherKey) })
	for i := range 2 {
		if _, data, err := r.read(rotated.Open(r.as(r.acme), id, nil)); err != nil || !bytes.Equal(data, png(200_000)) {
			t.Errorf("read %d: %d bytes, %v", i, len(data), err)
		}
	}
	if _, err := rotated.Purge(r.as(r.acme)); err != nil {
		t.Error(err)
	}
	if len(r.blobs()) != 1 || r.count("kept_media") != 1 || r.count("blob_removals") != 0 {
		t.Errorf("%d blobs, %d rows, %d removals", len(r.blobs()), r.count("kept_media"), r.count("blob_removals"))
	}
}

// A store that does not answer has lost nothing.
func TestACopySurvivesAStoreThatIsAway(t *testing.T) {
	t.Parallel()
	r := newRig(t, keepDays(7))
	r.origin.put("/a", png(200_000))
	id := r.attachment(r.acme, "image", r.at("/a"))
	if err := r.media.Keep(r.as(r.acme), id); err != nil {
		t.Fatal(err)
	}
	r.origin.put("/a", nil) // Instagram does not give it any more
	r.fault = media.ErrExpired
	folder := filepath.Join(r.dir, r.acme.String())
	if err := errors.Join(os.Rename(folder, folder+".away"), os.Symlink(folder, folder)); err != nil { // no error that says "not found"
		t.Fatal(err)
	}
	for _, span := range []*media.Span{nil, {First: 150_000, Last: -1}} {
		if _, _, err := r.read(r.media.Open(r.as(r.acme), id, span)); !errors.Is(err, media.ErrUpstream) {
			t.Errorf("while the store is away: %v", err)
		}
	}
	if _, err := r.media.Purge(r.as(r.acme)); err != nil {
		t.Error(err)
	}
	if err := errors.Join(os.Remove(folder), os.Rename(folder+".away", folder)); err != nil {
		t.Fatal(err)
	}
	if _, data, err := r.read(r.media.Open(r.as(r.acme), id, nil)); err != nil || !bytes.Equal(data, png(200_000)) {
		t.Errorf("when it is back: %d bytes, %v", len(data), err)
	}
	var expired int
	if r.ask(&expired, "select count(expired_at) from tenant.attachments"); expired != 0 {
		t.Error("the attachment was given up, though its copy is there")
	}
}

func TestOneCopyWhoeverComesFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t, keepDays(7))
	r.origin.put("/a", png(150_000))
	id := r.attachment(r.acme, "image", r.at("/a"))
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			if _, data, err := r.read(r.media.Open(r.as(r.acme), id, nil)); err != nil || len(data) != 150_000 {
				t.Errorf("%d bytes, %v", len(data), err)
			}
		})
	}
	wait.Wait()
	if len(r.blobs()) != 1 || r.count("kept_media") != 1 || r.count("blob_removals") != 0 {
		t.Errorf("%d blobs, %d rows, %d removals", len(r.blobs()), r.count("kept_media"), r.count("blob_removals"))
	}
}

// A file that breaks off, or is too large, leaves nothing behind, and what is passed on is no whole file.
func TestNoHalfCopies(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *media.Options) { o.KeepDays, o.MaxBytes = 7, 100_000 })
	r.origin.noLengths = true
	r.origin.put("/a", png(150_000))
	id := r.attachment(r.acme, "image", r.at("/a"))
	if err := r.media.Keep(r.as(r.acme), id); !errors.Is(err, media.ErrTooLarge) {
		t.Errorf("err = %v", err)
	}
	if len(r.blobs()) > 0 || r.count("kept_media") > 0 || r.count("blob_removals") > 0 {
		t.Errorf("left: %d blobs, %d rows, %d removals", len(r.blobs()), r.count("kept_media"), r.count("blob_removals"))
	}
}

// The message is taken back while its file is being copied.
func TestNoCopyOfWhatWasTakenBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, keepDays(7))
	r.origin.put("/a", png(600))
	id := r.attachment(r.acme, "image", r.at("/a"))
	r.origin.before("/a", func() { r.database.Exec(t, "delete from tenant.attachments where attachment_id = $1", id) })
	if err := r.media.Keep(r.as(r.acme), id); !errors.Is(err, media.ErrNotFound) {
		t.Errorf("err = %v", err)
	}
	if len(r.blobs()) > 0 || r.count("kept_media") > 0 || r.count("blob_removals") > 0 {
		t.Errorf("left: %d blobs, %d rows, %d removals", len(r.blobs()), r.count("kept_media"), r.count("blob_removals"))
	}
}
