package conversations

import (
	"sort"
	"time"
	_ "time/tzdata" // the days of every zone, also where the system knows none
)

// MaxSpanDays is how many days a span may have.
const MaxSpanDays = 366

// Span is a range of whole days in one time zone. Make one by NewSpan.
type Span struct {
	dates  []string
	starts []time.Time // of each day, and of the day behind the last
}

// NewSpan takes the first and the last day as 2006-01-02, and a zone of the IANA database. Errors: ErrZone, ErrSpan.
func NewSpan(from, to, zone string) (Span, error) {
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		return Span{}, ErrZone
	}
	first, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return Span{}, ErrSpan
	}
	last, err := time.Parse(time.DateOnly, to)
	if err != nil || last.Before(first) || first.Year() < 1970 || last.Sub(first) >= MaxSpanDays*24*time.Hour {
		return Span{}, ErrSpan
	}
	s := Span{starts: []time.Time{startOfDay(first, loc)}}
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		s.dates = append(s.dates, day.Format(time.DateOnly))
		s.starts = append(s.starts, startOfDay(day.AddDate(0, 0, 1), loc))
	}
	return s, nil
}

// startOfDay is the first minute of the date. It is looked for because midnight may not exist there, or may come twice.
func startOfDay(date time.Time, loc *time.Location) time.Time {
	earliest := date.Add(-15 * time.Hour) // no zone is farther ahead, or farther behind
	want := date.Format(time.DateOnly)
	minutes := sort.Search(30*60, func(n int) bool {
		return earliest.Add(time.Duration(n)*time.Minute).In(loc).Format(time.DateOnly) >= want
	})
	return earliest.Add(time.Duration(minutes) * time.Minute)
}

// begin and end are the first moment of the span and the one behind its last.
func (s Span) begin() time.Time { return s.starts[0] }
func (s Span) end() time.Time   { return s.starts[len(s.starts)-1] }

// day is the number of the day in which a moment lies, if it lies in the span.
func (s Span) day(at time.Time) (int, bool) {
	n := sort.Search(len(s.starts), func(i int) bool { return s.starts[i].After(at) }) - 1
	return n, n >= 0 && n < len(s.dates)
}
