package tenants

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"
)

// Proof is the report of ProveIsolation: what was tried, in order, and how it went.
type Proof struct{ Lines []ProofLine }

// ProofLine is one thing that was tried. OK means that it went as isolation demands; anything in doubt is not OK.
type ProofLine struct {
	OK   bool
	Text string
}

// OK reports whether something was tried and nothing is in doubt.
func (p Proof) OK() bool { return len(p.Lines) > 0 && p.failed() == 0 }

func (p Proof) failed() (n int) {
	for _, l := range p.Lines {
		if !l.OK {
			n++
		}
	}
	return n
}

// String returns the report for a person: a line each, then the verdict.
func (p Proof) String() string {
	var b strings.Builder
	for _, l := range p.Lines {
		verdict := "OK  "
		if !l.OK {
			verdict = "FAIL"
		}
		fmt.Fprintf(&b, "%s  %s\n", verdict, l.Text)
	}
	if p.OK() {
		fmt.Fprintf(&b, "Isolation holds: %d checks, none failed.\n", len(p.Lines))
	} else {
		fmt.Fprintf(&b, "Isolation is NOT proved: %d of %d checks failed.\n", p.failed(), len(p.Lines))
	}
	return b.String()
}

// record collects the lines of a proof.
type record struct{ lines []ProofLine }

func (r *record) addf(ok bool, format string, args ...any) {
	r.lines = append(r.lines, ProofLine{ok, fmt.Sprintf(format, args...)})
}

// ProveIsolation checks the catalogue, then writes rows of the first reserved account into every tenant table and
// tries to reach them as the second one and as nobody: by SQL without any predicate, where the Postgres wall stands
// alone; by the scoped handle while PostgreSQL would let everything through, where the GORM wall stands alone; and
// with both. Everything is rolled back. An error means that the database could not be asked at all.
func (d *DB) ProveIsolation(ctx context.Context) (Proof, error) {
	var r record
	report, err := d.CheckCatalog(ctx)
	if err != nil {
		return Proof{}, err
	}
	for _, f := range report.Findings {
		r.addf(false, "catalogue: %s", f)
	}
	if report.OK() {
		r.addf(true, "%s", report)
	}
	err = d.InTenant(WithAccount(ctx, ProbeAccountA), func(tx *Tx) error {
		probe := &probe{record: &r, tx: tx, pg: tx.pg}
		probe.run(ctx)
		return errProbeOver
	})
	if err != nil && err != errProbeOver { //nolint:errorlint // ours, returned as it is
		r.addf(false, "probe: %v", err)
	}
	_, err = d.probeNobody(ctx)
	r.addf(err == ErrNoAccount, "without an account the handle sends nothing") //nolint:errorlint // as above
	return Proof{r.lines}, nil
}

// probeNobody tries to read through the door without an account.
func (d *DB) probeNobody(ctx context.Context) (rows []probeContact, err error) {
	ctx = WithAccount(ctx, AccountID{})
	return rows, d.Read(ctx, &rows, func(q *gorm.DB) *gorm.DB { return q })
}
