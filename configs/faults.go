package configs

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing wrong with the settings: the key and what is wrong, never the value.
type Fault struct {
	Key     string // PARLOR_…; with _FILE when the file is at fault
	Problem string // "is required", "must be a duration such as 72h", …
}

// Faults is the error of FromEnv: everything that is wrong, in the order of the keys, one line each.
type Faults []Fault //nolint:errname // a list of faults, and read as one

// Error lists the faults, one a line.
func (f Faults) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "configuration: %d fault(s)", len(f))
	for _, one := range f {
		fmt.Fprintf(&b, "\n  %s %s", one.Key, one.Problem)
	}
	return b.String()
}

// err returns the faults that keep holds for, sorted by key, or nil when there are none.
func (f Faults) err(keep func(Fault) bool) error {
	var kept Faults
	for _, one := range f {
		if keep(one) {
			kept = append(kept, one)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	slices.SortStableFunc(kept, func(a, b Fault) int { return strings.Compare(a.Key, b.Key) })
	return kept
}
