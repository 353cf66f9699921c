package tenants_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// leakAttempts are all attempts, by kind.
var leakAttempts = slices.Concat(conditionAttempts, sessionAttempts, fragmentAttempts, joinAttempts, createAttempts,
	updateAttempts, deleteAttempts, upsertAttempts, rawAttempts, tamperAttempts, productAttempts, freshAttempts)

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
	if n := countLeaks(verdicts, naive); n < 30 {
		t.Errorf("the control leaks in %d attempts: too few to mean anything", n)
	}
}

func leaked(verdict string) bool { return strings.HasPrefix(verdict, "LEAK") }

// countLeaks leaves out, in the RLS column, the attempts that change the setting by SQL of their own.
func countLeaks(verdicts [columns][]string, c column) (n int) {
	for i, a := range leakAttempts {
		if leaked(verdicts[c][i]) && (c != rlsWall || !a.settings) {
			n++
		}
	}
	return n
}

func leakTable(verdicts [columns][]string) string {
	var b strings.Builder
	line := func(name string, cells ...string) {
		fmt.Fprintf(&b, "%-48s", name)
		for _, c := range cells {
			fmt.Fprintf(&b, "  %-12s", c)
		}
		b.WriteByte('\n')
	}
	line("attempt", columnNames[:]...)
	names := map[string]bool{}
	for i, a := range leakAttempts {
		if names[a.name] {
			panic("two attempts are called " + a.name)
		}
		names[a.name] = true
		name := a.name
		if a.settings {
			name += " *"
		}
		line(name, verdicts[naive][i], verdicts[gormWall][i], verdicts[rlsWall][i], verdicts[bothWalls][i])
	}
	totals := make([]string, columns)
	for c := range columns {
		totals[c] = fmt.Sprintf("%d leaks", countLeaks(verdicts, c))
	}
	line(fmt.Sprintf("TOTAL of %d", len(leakAttempts)), totals...)
	b.WriteString("* changes the setting by SQL text, which row security by a setting cannot withstand: not counted for the RLS wall\n")
	return b.String()
}
