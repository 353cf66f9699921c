package pgcluster

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

// ErrNotInstalled reports that this machine has no PostgreSQL server binaries, and names the ways to get one.
var ErrNotInstalled = errors.New("no PostgreSQL found on this machine: install one (apt-get install postgresql), " +
	"or run `docker compose up` instead, or run `parlor serve` with PARLOR_DATABASE_URL and its siblings set to a server of yours")

// debian is where Debian keeps the binaries, off PATH, one directory per major version.
const debian = "/usr/lib/postgresql"

// findBinaries returns the directory that holds initdb and postgres: the one on PATH, else that of the newest version below versions.
func findBinaries(versions string) (string, error) {
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil && isFile(filepath.Join(filepath.Dir(path), "initdb")) {
			return filepath.Dir(path), nil
		}
	}
	dirs, _ := filepath.Glob(filepath.Join(versions, "*", "bin")) // the pattern is well formed, the only error there is
	slices.SortFunc(dirs, func(a, b string) int { return majorVersion(b) - majorVersion(a) })
	for _, dir := range dirs {
		if isFile(filepath.Join(dir, "initdb")) && isFile(filepath.Join(dir, "postgres")) {
			return dir, nil
		}
	}
	return "", ErrNotInstalled
}

// majorVersion reads 15 out of /usr/lib/postgresql/15/bin; 0 when there is none.
func majorVersion(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return n
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
