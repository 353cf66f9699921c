//go:build e2e

package e2e_test

import (
	"context"
	_ "embed"
	"testing"

	"github.com/jackc/pgx/v5"
)

// tenThousand fills the account of $1 with conversations that are all open.
//
//go:embed testdata/ten_thousand.sql
var tenThousand string

const (
	mostRows   = 40  // in the page at once, however long the list is
	mostSlower = 2.5 // the median in the long list, over that in the short one
)

// An account of ten thousand conversations is used like one of a hundred: the page holds few rows, and opening, going on by J and
// scrolling take about as long. Times are compared within the run alone (docs/measurements.md has the figures).
func TestTenThousandConversations(t *testing.T) {
	t.Parallel()
	d := startDemo(t, demoFolder(t))
	fill(t, d.info.DatabaseURL, d.info.Accounts[1].AccountID, tenThousand)
	var report struct {
		Rows  int                `json:"rows"`  // most rows in the page at once
		Total int                `json:"total"` // conversations that were scrolled through
		Short map[string]float64 `json:"short"` // milliseconds, medians, of an account of about a hundred
		Long  map[string]float64 `json:"long"`
		Heap  float64            `json:"heap"` // MB at the list's end
	}
	tell(t, "ten-thousand", map[string]any{
		"url": d.info.URL, "simulatorURL": d.info.SimulatorURL, "short": d.info.Accounts[0].Username, "long": d.info.Accounts[1].Username,
	}, &report)
	t.Logf("%d conversations, at most %d rows in the page, %.0f MB; ms in the short list %v, in the long one %v", report.Total, report.Rows, report.Heap, report.Short, report.Long)
	if report.Total < 10_000 || report.Rows > mostRows {
		t.Errorf("%d conversations with %d rows in the page, want 10,000 with at most %d", report.Total, report.Rows, mostRows)
	}
	for what, short := range report.Short {
		if long := report.Long[what]; long > mostSlower*short {
			t.Errorf("%s: %.0f ms in the long list, %.0f in the short one", what, long, short)
		}
	}
}

// fill runs a statement that is bound to the account.
func fill(t *testing.T, dsn, account, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "select set_config('app.account_id', $1, true)", account); err != nil {
		t.Fatal(err)
	}
	if done, err := tx.Exec(t.Context(), statement); err != nil || done.RowsAffected() == 0 {
		t.Fatalf("%d rows, %v", done.RowsAffected(), err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}
