package pgcluster

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// owner is the unprivileged user that the server runs as; nil when we are unprivileged ourselves.
func owner() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it as")
}

// place returns the directory for the cluster's files below dir. Where the server's user could not reach it (a 0700 directory of root above
// it), the files go to a short directory under /var/tmp whose path is noted in dir.
func place(dir string, as *syscall.Credential) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the data directory: %w", err)
	}
	if as == nil {
		return filepath.Join(dir, "pg"), nil
	}
	note := filepath.Join(dir, "pg.location")
	if noted, err := os.ReadFile(note); err == nil { //nolint:gosec // the directory is the operator's to name
		return strings.TrimSpace(string(noted)), nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read where the cluster is: %w", err)
	}
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // may be entered, not listed
		return "", fmt.Errorf("open the data directory to the server's user: %w", err)
	}
	if reachable(dir) {
		return filepath.Join(dir, "pg"), nil
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("data directory: %w", err)
	}
	sum := sha256.Sum256([]byte(abs))
	elsewhere := filepath.Join("/var/tmp", "parlor-pg-"+hex.EncodeToString(sum[:6]))
	if err := os.WriteFile(note, []byte(elsewhere+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("note where the cluster is: %w", err)
	}
	return elsewhere, nil
}

// reachable reports whether everybody may enter dir and all directories above it.
func reachable(dir string) bool {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return false
	}
	for ; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}
