package pgcluster

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Superuser is the name of the cluster's administrator.
const Superuser = "parlor_admin"

// ensureInitialized makes the cluster's files unless they are there, and returns the administrator's password, which is kept in dir
// (0600). A first start that was killed half-way is done over.
func ensureInitialized(ctx context.Context, bin, dir, files string, as *syscall.Credential) (string, error) {
	secret := filepath.Join(dir, "pg.password")
	if kept, err := os.ReadFile(secret); err == nil { //nolint:gosec // the directory is the operator's to name
		return strings.TrimSpace(string(kept)), nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the cluster's password: %w", err)
	}
	if err := errors.Join(os.RemoveAll(files), os.MkdirAll(files, 0o700)); err != nil {
		return "", fmt.Errorf("prepare the cluster's directory: %w", err)
	}
	password := rand.Text()
	if err := initdb(ctx, bin, files, password, as); err != nil {
		return "", err
	}
	// Written last: its presence says that the cluster is whole.
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the cluster's password: %w", err)
	}
	return password, nil
}

func initdb(ctx context.Context, bin, files, password string, as *syscall.Credential) error {
	suffix := make([]byte, 6)
	_, _ = rand.Read(suffix) // never fails
	pwfile := filepath.Join(filepath.Dir(files), ".pw-"+hex.EncodeToString(suffix))
	if err := os.WriteFile(pwfile, []byte(password+"\n"), 0o600); err != nil {
		return fmt.Errorf("hand over the cluster's password: %w", err)
	}
	defer os.Remove(pwfile)
	if as != nil {
		for _, path := range []string{files, pwfile} {
			if err := os.Chown(path, int(as.Uid), int(as.Gid)); err != nil {
				return fmt.Errorf("give the cluster to the server's user: %w", err)
			}
		}
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), //nolint:gosec // paths of ours
		"-D", files, "-U", Superuser, "--pwfile="+pwfile,
		"-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	cmd.Dir = "/"
	cmd.Env = environment()
	if as != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, lastLine(string(out)))
	}
	return nil
}

// environment is what the server's programs get: no PG* variable of the caller's may reach them.
func environment() []string {
	return []string{"LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin", "TZ=UTC"}
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
