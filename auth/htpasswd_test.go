package auth_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"parlor/auth"
)

func hashOf(t testing.TB, password, prefix string, cost int) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(hash), "$2a$", prefix, 1)
}

func TestHtpasswdMatches(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("p", 72)
	file := "# users\n\noperator:" + hashOf(t, "right", "$2y$", 10) + "\r\nhelen:" + hashOf(t, long, "$2b$", 10) + ":a comment\nÄnne:" + hashOf(t, "ü", "$2a$", 11) + "\n"
	users, err := auth.ReadHtpasswd(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		user, password string
		want           bool
	}{
		{"operator", "right", true},
		{"helen", long, true},
		{"Änne", "ü", true},
		{"operator", "wrong", false},
		{"operator", "", false},
		{"Operator", "right", false},
		{"nobody", "right", false},
		{"", "", false},
		{"helen", long + "x", false}, // bcrypt alone would not look at the 73rd byte
		{"operator", "right\x00", false},
		{"helen", long[:71], false},
	} {
		if got := users.Match(tc.user, tc.password); got != tc.want {
			t.Errorf("%q with %d bytes: %v, want %v", tc.user, len(tc.password), got, tc.want)
		}
	}
}

// TestHtpasswdRefusesLines refuses the whole file for one bad line, by its number and without its content.
func TestHtpasswdRefusesLines(t *testing.T) {
	t.Parallel()
	good := "operator:" + hashOf(t, "right", "$2y$", 10)
	hash := hashOf(t, "x", "$2y$", 10)
	for name, tc := range map[string]struct{ file, want string }{
		"md5":             {good + "\nsecretuser:$apr1$salt$0123456789012345678901", "line 2:"},
		"sha":             {good + "\n\nsecretuser:{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=", "line 3:"},
		"ssha":            {good + "\nsecretuser:{SSHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=", "line 2:"},
		"crypt":           {good + "\nsecretuser:rl.3StKT.4T8M", "line 2:"},
		"sha512 crypt":    {good + "\nsecretuser:$6$salt$abc", "line 2:"},
		"argon2":          {good + "\nsecretuser:$argon2id$v=19$m=19456,t=2,p=1$a$b", "line 2:"},
		"plain":           {good + "\nsecretuser:hunter2", "line 2:"},
		"plain marked":    {good + "\nsecretuser:{PLAIN}hunter2", "line 2:"},
		"2x":              {good + "\nsecretuser:" + strings.Replace(hash, "$2y$", "$2x$", 1), "line 2:"},
		"cost 9":          {good + "\nsecretuser:" + strings.Replace(hash, "$10$", "$09$", 1), "line 2:"},
		"cost 15":         {good + "\nsecretuser:" + strings.Replace(hash, "$10$", "$15$", 1), "line 2:"},
		"cost 31":         {good + "\nsecretuser:" + strings.Replace(hash, "$10$", "$31$", 1), "line 2:"},
		"cut hash":        {good + "\nsecretuser:" + hash[:59], "line 2:"},
		"longer hash":     {good + "\nsecretuser:" + hash + "x", "line 2:"},
		"no colon":        {good + "\nsecretuser", "line 2:"},
		"no user":         {good + "\n:" + hash, "line 2:"},
		"blank user":      {good + "\n :" + hash, "line 2:"},
		"NUL in the user": {good + "\nsecret\x00user:" + hash, "line 2:"},
		"user twice":      {good + "\n" + good, "line 2:"},
		"long user":       {good + "\n" + strings.Repeat("u", 65) + ":" + hash, "line 2:"},
		"huge line":       {good + "\n" + strings.Repeat("secretuser", 20_000), "line 2 "},
		"empty":           {"", "no user"},
		"comments alone":  {"# operator\n\n", "no user"},
		"huge":            {good + "\n" + strings.Repeat("# comment\n", 200_000), "larger"},
	} {
		_, err := auth.ReadHtpasswd(strings.NewReader(tc.file))
		if err == nil {
			t.Errorf("%s: taken", name)
			continue
		}
		if !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "secretuser") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %q and no content", name, err, tc.want)
		}
	}
}

// TestUnknownUserTakesAsLong compares medians: without a comparison for unknown users they would be a thousand times apart.
func TestUnknownUserTakesAsLong(t *testing.T) {
	users, err := auth.ReadHtpasswd(strings.NewReader("operator:" + hashOf(t, "right", "$2y$", 10)))
	if err != nil {
		t.Fatal(err)
	}
	took := map[string][]time.Duration{}
	for range 7 {
		for _, user := range []string{"operator", "nobody"} {
			startedAt := time.Now()
			users.Match(user, "wrong")
			took[user] = append(took[user], time.Since(startedAt))
		}
	}
	median := func(user string) time.Duration {
		slices.Sort(took[user])
		return took[user][len(took[user])/2]
	}
	if known, unknown := median("operator"), median("nobody"); unknown < known/2 || unknown > known*2 {
		t.Errorf("known %s, unknown %s", known, unknown)
	}
}
