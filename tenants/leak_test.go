package tenants_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// leakKinds are all attempts, by kind.
var leakKinds = []struct {
	name     string
	attempts []attempt
}{
	{"conditions", conditionAttempts},
	{"sessions, contexts, pools", sessionAttempts},
	{"fragments and values", fragmentAttempts},
	{"joins, preloads, targets", joinAttempts},
	{"creates", createAttempts},
	{"updates", updateAttempts},
	{"deletes", deleteAttempts},
	{"upserts, associations", upsertAttempts},
	{"raw SQL, rows, generics", rawAttempts},
	{"tampering, hooks, callbacks", tamperAttempts},
	{"the product's tables", productAttempts},
	{"fresh ideas", freshAttempts},
	{"a second look", secondAttempts},
}

var leakAttempts = func() (all []attempt) {
	for _, k := range leakKinds {
		all = append(all, k.attempts...)
	}
	return all
}()

// TestLeaks makes every attempt four times and prints the table. Run it with -v to read it.
func TestLeaks(t *testing.T) {
	var verdicts [columns][]string
	var wait sync.WaitGroup
	for c := range columns {
		b := newBench(t, c)
		wait.Go(func() {
			for _, a := range leakAttempts {
				verdicts[c] = append(verdicts[c], b.try(a))
			}
		})
	}
	wait.Wait()

	table := leakTable(verdicts)
	t.Log("\n" + table)
	if len(leakAttempts) < 120 {
		t.Errorf("%d attempts are too few", len(leakAttempts))
	}
	for c := gormWall; c < columns; c++ {
		for i, a := range leakAttempts {
			if leaked(verdicts[c][i]) && (c != rlsWall || !a.settings) {
				t.Errorf("%s leaks: %s (%s)", columnNames[c], a.name, verdicts[c][i])
			}
		}
	}
	if n := countLeaks(verdicts, naive, 0, len(leakAttempts)); n < 30 {
		t.Errorf("the control leaks in %d attempts: too few to mean anything", n)
	}
}

func leaked(verdict string) bool { return strings.HasPrefix(verdict, "LEAK") }

// countLeaks counts among the attempts from, up to to. It leaves out, in the RLS column, those that change the setting
// by SQL of their own.
func countLeaks(verdicts [columns][]string, c column, from, to int) (n int) {
	for i, a := range leakAttempts[from:to] {
		if leaked(verdicts[c][from+i]) && (c != rlsWall || !a.settings) {
			n++
		}
	}
	return n
}

// leakTable prints a line for each attempt and sums for each kind.
func leakTable(verdicts [columns][]string) string {
	var b, sums strings.Builder
	line := func(b *strings.Builder, name string, cells ...string) {
		fmt.Fprintf(b, "%-52s", name)
		for _, c := range cells {
			fmt.Fprintf(b, "  %-12s", c)
		}
		b.WriteByte('\n')
	}
	sum := func(name string, from, to int) {
		cells := make([]string, columns)
		for c := range columns {
			cells[c] = fmt.Sprintf("%d leaks", countLeaks(verdicts, c, from, to))
		}
		line(&sums, fmt.Sprintf("%s: %d", name, to-from), cells...)
	}
	line(&b, "attempt", columnNames[:]...)
	at := 0
	for _, k := range leakKinds {
		for i, a := range k.attempts {
			name := a.name
			if a.settings {
				name += " *"
			}
			v := func(c column) string { return verdicts[c][at+i] }
			line(&b, name, v(naive), v(gormWall), v(rlsWall), v(bothWalls))
		}
		sum(k.name, at, at+len(k.attempts))
		at += len(k.attempts)
	}
	sum("TOTAL", 0, at)
	return b.String() + "\n" + sums.String() +
		"* changes the setting by SQL text, which row security by a setting cannot withstand: not counted for the RLS wall\n"
}
