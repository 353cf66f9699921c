package tenants

import (
	"context"
	"crypto/hmac"
	"fmt"

	"gorm.io/gorm"
)

// AuditHead is how long an account's log is and how it ends. It is logged daily: whoever can change the database cannot change that log.
type AuditHead struct {
	AccountID AccountID
	Seq       int64
	MAC       []byte
}

// AuditReport is what a check of one account's log found. No Findings: the log is whole.
type AuditReport struct {
	AccountID AccountID
	Lines     int64    // that were checked
	Unchained int64    // lines at the beginning from before there was a chain
	Findings  []string // what is wrong, in the order of the log; bounded
}

// OK reports whether nothing was found.
func (r *AuditReport) OK() bool { return len(r.Findings) == 0 }

const (
	maxAuditFindings = 20
	auditPage        = 1000
)

func (r *AuditReport) findf(format string, args ...any) {
	if len(r.Findings) < maxAuditFindings {
		r.Findings = append(r.Findings, fmt.Sprintf(format, args...))
	}
}

type auditHeadRow struct {
	AccountID AccountID `gorm:"type:uuid;primaryKey"`
	Seq       int64
	Mac       []byte
	Seal      []byte
}

// TableName names the table for GORM.
func (auditHeadRow) TableName() string { return "tenant.audit_heads" }

// AuditHead returns the head of the log of the account in ctx; Seq 0 when nothing was logged yet.
func (d *DB) AuditHead(ctx context.Context) (AuditHead, error) {
	row, err := d.auditHead(ctx)
	account, _ := AccountFrom(ctx)
	return AuditHead{AccountID: account, Seq: row.Seq, MAC: row.Mac}, err
}

func (d *DB) auditHead(ctx context.Context) (auditHeadRow, error) {
	var heads []auditHeadRow
	if err := d.Read(ctx, &heads, func(q *gorm.DB) *gorm.DB { return q.Limit(1) }); err != nil {
		return auditHeadRow{}, fmt.Errorf("read the head of the account's log: %w", err)
	}
	if len(heads) == 0 {
		return auditHeadRow{}, nil
	}
	return heads[0], nil
}

// AuditExpected is what is known of an account's log from elsewhere.
type AuditExpected struct {
	Heads     []AuditHead // that were written down before; those of other accounts are passed over
	Unchained int64       // how many lines at the beginning may be from before there was a chain
	Begun     bool        // what happened to the account has left lines, so a log without any was emptied
}

// VerifyAudit checks the log of the account in ctx from its first line to its head, and against what is expected of it. It finds a changed line, a
// missing one, one without a MAC that is not expected, and a tail that was cut off. Lines that are written meanwhile are not looked at. Error:
// ErrNoAuditKey, or a database that cannot be read.
func (d *DB) VerifyAudit(ctx context.Context, want AuditExpected) (AuditReport, error) {
	account, ok := AccountFrom(ctx)
	if !ok {
		return AuditReport{}, ErrNoAccount
	}
	if len(d.audit) != AuditKeyBytes {
		return AuditReport{}, ErrNoAuditKey
	}
	newest, err := d.newestLine(ctx) // before the head: a line and its head are written together, so the head is no older
	if err != nil {
		return AuditReport{}, err
	}
	head, err := d.auditHead(ctx)
	if err != nil {
		return AuditReport{}, err
	}
	v := auditWalk{key: d.audit, report: AuditReport{AccountID: account}, anchors: map[int64][]byte{}}
	for _, a := range want.Heads {
		if a.AccountID == account {
			v.anchors[a.Seq] = a.MAC
		}
	}
	if err := d.walkAudit(ctx, head.Seq, v.take); err != nil {
		return AuditReport{}, err
	}
	v.end(account, head)
	if newest > head.Seq {
		v.report.findf("the log goes on to line %d, its head says %d: the head was removed, or an older one put back", newest, head.Seq)
	}
	if v.report.Unchained > want.Unchained {
		v.report.findf("the first %d lines have no MAC, %d such lines were expected: theirs were removed", v.report.Unchained, want.Unchained)
	}
	if want.Begun && newest == 0 {
		v.report.findf("there is no line, though the account has members or was connected: the log was emptied")
	}
	return v.report, nil
}

// newestLine is the highest number in the log; 0 when nothing was logged yet.
func (d *DB) newestLine(ctx context.Context) (int64, error) {
	var rows []auditRow
	if err := d.Read(ctx, &rows, func(q *gorm.DB) *gorm.DB { return q.Order("seq desc").Limit(1) }); err != nil {
		return 0, fmt.Errorf("read the account's log: %w", err)
	}
	if len(rows) == 0 {
		return 0, nil
	}
	return rows[0].Seq, nil
}

func (d *DB) walkAudit(ctx context.Context, until int64, take func(auditRow)) error {
	for after := int64(0); ; {
		var rows []auditRow
		err := d.Read(ctx, &rows, func(q *gorm.DB) *gorm.DB {
			return q.Where("seq > ? and seq <= ?", after, until).Order("seq").Limit(auditPage)
		})
		if err != nil {
			return fmt.Errorf("read the account's log: %w", err)
		}
		for _, r := range rows {
			take(r)
			after = r.Seq
		}
		if len(rows) < auditPage {
			return nil
		}
	}
}

// auditWalk goes along a log.
type auditWalk struct {
	key     auditKey
	report  AuditReport
	anchors map[int64][]byte // by seq; what was met is taken out
	last    int64
	mac     []byte // of the last line
}

func (v *auditWalk) take(r auditRow) {
	if r.Seq != v.last+1 {
		v.report.findf("lines %d to %d are missing", v.last+1, r.Seq-1)
	}
	chained := len(r.Mac) > 0
	switch {
	case !chained && len(v.mac) > 0:
		v.report.findf("line %d has lost its MAC", r.Seq)
	case !chained:
		v.report.Unchained++
	case !hmac.Equal(r.Mac, v.key.line(r.chained(), v.mac)):
		v.report.findf("line %d was changed, or what stands before it", r.Seq)
	}
	if want, anchored := v.anchors[r.Seq]; anchored {
		if !hmac.Equal(want, r.Mac) {
			v.report.findf("line %d is not the one that was logged as the head", r.Seq)
		}
		delete(v.anchors, r.Seq)
	}
	v.report.Lines++
	v.last, v.mac = r.Seq, r.Mac
}

// end compares where the log ends with its head and with what was written down elsewhere.
func (v *auditWalk) end(account AccountID, head auditHeadRow) {
	switch {
	case head.Seq != v.last:
		v.report.findf("the log ends at line %d, its head says %d: the tail was cut", v.last, head.Seq)
	case len(head.Mac) == 0 && v.last == v.report.Unchained: // nothing was logged since there is a chain
	case !hmac.Equal(head.Seal, v.key.seal(account, head.Seq, head.Mac)), !hmac.Equal(head.Mac, v.mac):
		v.report.findf("the head (line %d) was changed", head.Seq)
	}
	for seq := range v.anchors {
		if seq > v.last {
			v.report.findf("the log ends at line %d, but line %d was logged as its head: the tail was cut", v.last, seq)
		}
	}
}
