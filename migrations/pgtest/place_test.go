package pgtest_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"parlor/migrations/pgtest"
)

func TestSweepTakesOnlyWhatIsLeft(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	_, lockOfTheDead, err := pgtest.Claim(base)
	if err != nil {
		t.Fatal(err)
	}
	living, lock, err := pgtest.Claim(base)
	if err != nil {
		t.Fatal(err)
	}
	if err := lockOfTheDead.Close(); err != nil { // what the end of its process does
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { pgtest.Sweep(base) })
	}
	wg.Wait()
	left, err := filepath.Glob(filepath.Join(base, "*"))
	if err != nil || len(left) != 2 || left[0] != living || left[1] != lock.Name() {
		t.Errorf("left %v, %v; want %s and its lock", left, err, living)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	pgtest.Sweep(base)
	if rest, err := os.ReadDir(base); err != nil || len(rest) != 0 {
		t.Errorf("left at last: %v, %v", rest, err)
	}
}
