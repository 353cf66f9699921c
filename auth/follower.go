package auth

import (
	"maps"
	"time"

	"parlor/tenants"
)

const (
	// overlap is the most numbers that a read looks back.
	overlap = 1000
	// gapLife is for how long a missing number may still turn up: no transaction of ours is open for longer. Numbers of
	// transactions that were rolled back never do.
	gapLife = 2 * time.Minute
)

// follower knows which events were read. A number is given before its transaction commits, so a lower one may become
// visible after a higher one: the follower remembers the numbers it has not seen, and looks for them again.
type follower struct {
	begun bool
	last  int64
	gaps  map[int64]time.Time // number → when it was first missed
}

// from is the number after which to read.
func (f *follower) from() int64 {
	from := f.last
	for seq := range f.gaps {
		from = min(from, seq-1)
	}
	return max(from, f.last-overlap, 0)
}

// fresh returns the events that were not taken in before. commit notes them as taken in; call it when they are.
func (f *follower) fresh(events []tenants.AuthEvent, now time.Time) (fresh []tenants.AuthEvent, commit func()) {
	next := follower{begun: true, last: f.last, gaps: map[int64]time.Time{}}
	for seq, since := range f.gaps {
		if now.Sub(since) < gapLife {
			next.gaps[seq] = since
		}
	}
	for _, e := range events {
		if e.Seq <= f.last {
			if _, missing := next.gaps[e.Seq]; missing {
				delete(next.gaps, e.Seq)
				fresh = append(fresh, e)
			}
			continue
		}
		for seq := max(next.last+1, e.Seq-overlap); seq < e.Seq; seq++ {
			next.gaps[seq] = now
		}
		next.last = e.Seq
		fresh = append(fresh, e)
	}
	maps.DeleteFunc(next.gaps, func(seq int64, _ time.Time) bool { return seq <= next.last-overlap })
	return fresh, func() { *f = next }
}
