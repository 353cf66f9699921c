package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// rounds holds the samples of every target, one per round, in the order in which the rounds ran.
type rounds map[string][]sample

// print writes one table: medians over the rounds, and the median of the per-round ratios against the baseline.
func (r rounds) print(w io.Writer, title string, names []string, baseline string) {
	fmt.Fprintf(w, "\n%s\n", title)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "variant\tp50 µs\tp99 µs\tanswers/s\tp50 ratio\tlowest\thighest\tanswers/s ratio\t")
	for _, name := range names {
		p50 := r.ratios(name, baseline, func(s sample) float64 { return float64(s.p50) })
		rate := r.ratios(name, baseline, func(s sample) float64 { return s.rate })
		fmt.Fprintf(tw, "%s\t%.0f\t%.0f\t%.0f\t%.2f\t%.2f\t%.2f\t%.2f\t\n", name,
			r.median(name, func(s sample) float64 { return float64(s.p50.Microseconds()) }),
			r.median(name, func(s sample) float64 { return float64(s.p99.Microseconds()) }),
			r.median(name, func(s sample) float64 { return s.rate }),
			median(p50), slices.Min(p50), slices.Max(p50), median(rate))
	}
	_ = tw.Flush() // a terminal that is gone has no use for the error either
}

func (r rounds) median(name string, of func(sample) float64) float64 {
	var v []float64
	for _, s := range r[name] {
		v = append(v, of(s))
	}
	return median(v)
}

// ratios pairs the samples of one round: drift of the machine between rounds cancels out.
func (r rounds) ratios(name, baseline string, of func(sample) float64) []float64 {
	var v []float64
	for i, s := range r[name] {
		v = append(v, of(s)/of(r[baseline][i]))
	}
	return v
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
