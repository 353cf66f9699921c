package pgtest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"parlor/migrations/pgcluster"
)

const (
	dirPrefix  = "parlor-pgtest-"
	lockSuffix = ".lock"
)

// claim makes a directory for the cluster of this process below base. The lock beside it lasts as long as the process, whatever ends that, and
// as long as the returned file is not closed.
func claim(base string) (string, *os.File, error) {
	for {
		dir := filepath.Join(base, dirPrefix+strings.ToLower(rand.Text()[:12]))
		lock, err := os.OpenFile(dir+lockSuffix, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
		if err != nil {
			return "", nil, fmt.Errorf("claim a directory for the cluster: %w", err)
		}
		if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil || !stillThere(lock) {
			_ = lock.Close() // a sweeping process was there between the two; take another name
			continue
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			return "", nil, errors.Join(fmt.Errorf("make a directory for the cluster: %w", err), lock.Close())
		}
		return dir, lock, nil
	}
}

func stillThere(f *os.File) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(f.Name())
	return err == nil && os.SameFile(opened, named)
}

// sweep removes what processes left that are gone: a test process cannot clean up after its last test. Who is gone is told by its lock, which
// also holds between containers that share the directory; a process number would not.
func sweep(base string) {
	locks, _ := filepath.Glob(filepath.Join(base, dirPrefix+"*"+lockSuffix)) // the pattern is well formed
	for _, name := range locks {
		lock, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			continue // another user's, or swept meanwhile
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil && stillThere(lock) {
			if pgcluster.Remove(strings.TrimSuffix(name, lockSuffix)) == nil {
				_ = os.Remove(name)
			}
		}
		_ = lock.Close()
	}
}
