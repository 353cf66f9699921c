package main

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"parlor/migrations/pgtest"
)

// A running service takes a changed file in: whoever is new gets in, whoever is gone is out, sessions included. A broken file changes nothing,
// and is complained of once; after a repair the next fault is told again.
func TestUsersFileIsTakenInAnew(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	environ, public, ops := settings(t, db)
	environ = append(environ, "PARLOR_BOOTSTRAP_STAFF=operator=operator,rosa=operator")
	file := ""
	for _, setting := range environ {
		if path, found := strings.CutPrefix(setting, "PARLOR_BOOTSTRAP_HTPASSWD_FILE="); found {
			file = path
		}
	}
	service := start(t, environ, "serve")
	eventually(t, 20*time.Second, "it serves", func() bool { return status(ops+"/readyz") == 200 })
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	told := func(event string) int { return strings.Count(service.out.String()+service.errs.String(), event) }
	refusals := func() int { return told("htpasswd.refused") }
	takes := func() {
		t.Helper()
		n := told("htpasswd.taken")
		eventually(t, 10*time.Second, "the file is taken in", func() bool { return told("htpasswd.taken") > n })
	}
	asked := func(user, password string) int {
		req := request(t, http.MethodPost, public+"/api/v1/ui/session", "{}")
		req.SetBasicAuth(user, password)
		return answer(t, req)
	}
	req := request(t, http.MethodPost, public+"/api/v1/ui/session", "{}")
	req.SetBasicAuth("operator", "correct horse battery staple")
	token := call(t, http.StatusOK, req).Token

	write("operator:plain\n")
	eventually(t, 10*time.Second, "the broken file is complained of", func() bool { return refusals() == 1 })
	if got := asked("operator", "correct horse battery staple"); got != http.StatusOK {
		t.Errorf("with a broken file the operator is answered %d", got)
	}

	hash, err := bcrypt.GenerateFromPassword([]byte("left horse"), 10)
	if err != nil {
		t.Fatal(err)
	}
	write("rosa:" + string(hash) + "\n")
	takes()
	if got := asked("rosa", "left horse"); got != http.StatusOK {
		t.Errorf("who is new in the file is answered %d", got)
	}
	if got := asked("operator", "correct horse battery staple"); got != http.StatusUnauthorized {
		t.Errorf("who is gone from the file is answered %d", got)
	}
	eventually(t, 10*time.Second, "the session of who is gone has ended", func() bool {
		req := request(t, http.MethodGet, public+"/api/v1/ui/session", "")
		req.Header.Set("Authorization", "Bearer "+token)
		return answer(t, req) == http.StatusUnauthorized
	})
	if n := refusals(); n != 1 {
		t.Errorf("one broken file was complained of %d times", n)
	}

	write("operator:plain\n")
	eventually(t, 10*time.Second, "the same fault is told again after a repair", func() bool { return refusals() == 2 })
	write(string(before))
	takes()
	if got := asked("operator", "correct horse battery staple"); got != http.StatusOK {
		t.Errorf("who is in the file again is answered %d", got)
	}
}

func TestDoctorWarnsOfMixedCosts(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	environ, _, _ := settings(t, db)
	file := t.TempDir() + "/htpasswd"
	var text strings.Builder
	for cost, user := range map[int]string{10: "operator", 11: "rosa"} {
		hash, err := bcrypt.GenerateFromPassword([]byte("left horse"), cost)
		if err != nil {
			t.Fatal(err)
		}
		text.WriteString(user + ":" + string(hash) + "\n")
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stdout, _ := parlor(t, append(environ, "PARLOR_BOOTSTRAP_HTPASSWD_FILE="+file), "doctor", "--offline")
	if !strings.Contains(stdout, "warn  bootstrap      the hashes of the htpasswd file have several costs") {
		t.Errorf("it says nothing of two costs:\n%s", stdout)
	}
	_, stdout, _ = parlor(t, environ, "doctor", "--offline")
	if strings.Contains(stdout, "several costs") {
		t.Errorf("it speaks of several costs where there is one:\n%s", stdout)
	}
}
