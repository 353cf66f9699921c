package media_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"parlor/conversations/media"
	"parlor/tenants"
)

// sweep sweeps until nothing is left to remove and returns how much that was.
func (r *rig) sweep() int {
	r.t.Helper()
	for total := 0; ; {
		n, err := r.media.Sweep(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}
		if total += n; n == 0 {
			return total
		}
	}
}

func TestSweepTakesWhatIsPastItsTime(t *testing.T) {
	t.Parallel()
	r := newRig(t, keepDays(3))
	r.origin.put("/a", png(600))
	var uploads []media.Upload
	for _, account := range []tenants.AccountID{r.acme, r.globex} {
		if err := r.media.Keep(r.as(account), r.attachment(account, "image", r.at("/a"))); err != nil {
			t.Fatal(err)
		}
		u, err := r.media.Accept(r.as(account), "", bytes.NewReader(png(100)))
		if err != nil {
			t.Fatal(err)
		}
		uploads = append(uploads, u)
	}
	if n := r.sweep(); n != 0 || len(r.blobs()) != 4 {
		t.Errorf("at once: %d removed, %d left", n, len(r.blobs()))
	}
	r.pass(49 * time.Hour)
	if n := r.sweep(); n != 2 || len(r.blobs()) != 2 || r.count("uploads") != 0 || r.count("kept_media") != 2 {
		t.Errorf("after two days: %d removed, %d left, %d uploads, %d copies", n, len(r.blobs()), r.count("uploads"), r.count("kept_media"))
	}
	if _, err := r.media.OpenUpload(r.as(r.acme), uploads[0].ID, nil); err == nil {
		t.Error("an upload is there after its time")
	}
	r.pass(25 * time.Hour)
	if n := r.sweep(); n != 2 || len(r.blobs()) != 0 || r.count("kept_media") != 0 || r.count("blob_removals") != 0 {
		t.Errorf("after three days: %d removed, %d left, %d copies, %d removals", n, len(r.blobs()), r.count("kept_media"), r.count("blob_removals"))
	}
}

// Several instances sweep at once, each for all.
func TestSweepersDoNotHinderEachOther(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for range 40 {
		if _, err := r.media.Accept(r.as(r.acme), "", bytes.NewReader(png(100))); err != nil {
			t.Fatal(err)
		}
	}
	r.pass(49 * time.Hour)
	var wait sync.WaitGroup
	for range 4 {
		m := r.open(nil)
		wait.Go(func() {
			if _, err := m.Sweep(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if len(r.blobs()) != 0 || r.count("uploads") != 0 || r.count("blob_removals") != 0 {
		t.Errorf("left: %d blobs, %d uploads, %d removals", len(r.blobs()), r.count("uploads"), r.count("blob_removals"))
	}
}

func TestPurgeRemovesWhatHasNoRow(t *testing.T) {
	t.Parallel()
	r := newRig(t, keepDays(3))
	r.origin.put("/a", png(600))
	id := r.attachment(r.acme, "image", r.at("/a"))
	if err := r.media.Keep(r.as(r.acme), id); err != nil {
		t.Fatal(err)
	}
	// As an unsend or an erasure does it.
	r.database.Exec(t, `with gone as (delete from tenant.kept_media where account_id = $1 returning blob_key)
		insert into tenant.blob_removals (account_id, blob_key) select $1, blob_key from gone`, r.acme)
	r.database.Exec(t, "update tenant.blob_removals set due_at = $1", r.clock())
	r.database.Exec(t, "insert into tenant.blob_removals (account_id, blob_key, due_at) values ($1, 'never written', $2)", r.acme, r.clock())
	r.database.Exec(t, "insert into tenant.blob_removals (account_id, blob_key, due_at) values ($1, 'being written', $2)", r.acme, r.clock().Add(time.Minute))
	if n, err := r.media.Purge(r.as(r.globex)); n != 0 || err != nil || len(r.blobs()) != 1 {
		t.Errorf("another account's purge: %d, %v", n, err)
	}
	if n, err := r.media.Purge(r.as(r.acme)); n != 2 || err != nil || len(r.blobs()) != 0 || r.count("blob_removals") != 1 {
		t.Errorf("purge: %d, %v, %d blobs, %d removals", n, err, len(r.blobs()), r.count("blob_removals"))
	}
}

// A copy whose message was taken back in the very moment in which it was written, before either knew of the other.
func TestSweepTakesCopiesWithoutAnAttachment(t *testing.T) {
	t.Parallel()
	r := newRig(t, keepDays(30))
	r.origin.put("/a", png(600))
	id := r.attachment(r.acme, "image", r.at("/a"))
	if err := r.media.Keep(r.as(r.acme), id); err != nil {
		t.Fatal(err)
	}
	r.database.Exec(t, "delete from tenant.attachments where attachment_id = $1", id)
	if n := r.sweep(); n != 1 || len(r.blobs()) != 0 || r.count("kept_media") != 0 {
		t.Errorf("%d removed, %d blobs, %d copies", n, len(r.blobs()), r.count("kept_media"))
	}
}

func TestADeletedAccountLeavesNoBytes(t *testing.T) {
	t.Parallel()
	r := newRig(t, keepDays(30))
	for _, account := range []tenants.AccountID{r.acme, r.globex} {
		if _, err := r.media.Accept(r.as(account), "", bytes.NewReader(png(100))); err != nil {
			t.Fatal(err)
		}
	}
	stranger := filepath.Join(r.dir, "not-ours")
	if err := os.WriteFile(stranger, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := r.media.RemoveAll(r.as(r.acme)); n != 1 || err != nil || len(r.blobs()) != 2 {
		t.Errorf("%d removed, %v, %d left", n, err, len(r.blobs()))
	}
	// An account that the database does not know is not a deleted one: another installation may share the store.
	r.database.Exec(t, "delete from tenant.uploads where account_id = $1", r.globex)
	r.database.Exec(t, "delete from platform.accounts where account_id = $1", r.globex)
	if n := r.sweep(); n != 0 || len(r.blobs()) != 2 {
		t.Errorf("unknown: %d removed, %d left", n, len(r.blobs()))
	}
	r.pass(2 * time.Hour) // the store itself is looked through once an hour
	r.database.Exec(t, "insert into platform.tombstones (account_id, reason) values ($1, 'test')", r.globex)
	if n := r.sweep(); n != 1 || len(r.blobs()) != 1 {
		t.Errorf("deleted: %d removed, %d left", n, len(r.blobs()))
	}
}

// A process that dies while it writes leaves a file beside the one that it would have become.
func TestSweepTakesWhatADeadProcessHasLeft(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *media.Options) { o.Now = time.Now })
	if _, err := r.media.Accept(r.as(r.acme), "", bytes.NewReader(png(100))); err != nil {
		t.Fatal(err)
	}
	for name, age := range map[string]time.Duration{"old": 2 * time.Hour, "young": time.Minute} {
		path := filepath.Join(r.dir, r.acme.String(), name+".1.tmp")
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.sweep(); n != 1 || len(r.blobs()) != 2 {
		t.Errorf("%d removed, %d left", n, len(r.blobs()))
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.media.Run(ctx) }()
	stop()
	if err := <-ended; err != nil {
		t.Errorf("err = %v", err)
	}
}
