package instagram

import (
	"context"
	"fmt"
	"time"

	"parlor/tenants"
)

// alarms are how many days before its end a token that was not renewed raises an alarm, each once.
var alarms = []int{14, 7, 2}

const day = 24 * time.Hour

// alarmAt returns the alarm that is due at a time: 14, 7 or 2, or 0 when the token lives long enough.
func alarmAt(expiresAt, now time.Time) int {
	due := 0
	for _, days := range alarms {
		if expiresAt.Sub(now) <= time.Duration(days)*day {
			due = days
		}
	}
	return due
}

// nextAlarm is when the next alarm is due; after the last one, far away.
func nextAlarm(row connectionRow, now time.Time) time.Time {
	for _, days := range alarms {
		if at := row.ExpiresAt.Add(-time.Duration(days) * day); at.After(now) {
			return at
		}
	}
	return now.Add(alarmless)
}

const alarmless = 365 * day

// alarm tells the owner and the log, once for each number of days, that the token runs out. It returns the row as it is.
func (c *Connections) alarm(ctx context.Context) (row connectionRow, err error) {
	err = c.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		if row, _, err = c.lock(tx); err != nil {
			return err
		}
		due := alarmAt(row.ExpiresAt, c.o.Now())
		if due == 0 || row.AlarmDays != 0 && row.AlarmDays <= due {
			return nil
		}
		row.AlarmDays = due
		if err := save(tx, &row, "alarm_days"); err != nil {
			return err
		}
		c.o.Logger.ErrorContext(ctx, "token runs out", "account_id", row.AccountID.String(), "days", due, "expires_at", row.ExpiresAt)
		return note(ctx, tx, "connection.runs_out", "", map[string]any{"days": due, "expires_at": row.ExpiresAt})
	})
	if err != nil {
		return row, fmt.Errorf("warn of the token's end: %w", err)
	}
	return row, nil
}
