package auth_test

import (
	"runtime"
	"strings"
	"testing"

	"parlor/auth"
)

// A comparison costs a processor. However many arrive at once, they must leave processors to those who are signed in.
func TestPasswordsDoNotTakeEveryProcessor(t *testing.T) {
	t.Parallel()
	file, err := auth.ReadHtpasswd(strings.NewReader(users()))
	if err != nil {
		t.Fatal(err)
	}
	all := runtime.GOMAXPROCS(0)
	if n := auth.NewBootstrapSelf(file, auth.BootstrapOptions{}).Slots(); n < 1 || all > 1 && n > all/2 {
		t.Errorf("%d comparisons at once on %d processors", n, all)
	}
}
