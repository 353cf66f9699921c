package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// StepUpLife is for how long a sign-in counts as fresh: longer ago, the person signs in once more before support access, keys, people,
// exports and deletion.
const StepUpLife = 15 * time.Minute

// Fresh reports whether the sign-in of the token is young enough for what is sensitive.
func (v Verified) Fresh(now time.Time) bool { return now.Sub(v.AuthTime) < StepUpLife }

// stepUp notes that the person of the session has just proved himself again: by the very identity that the session was made with. The next
// token of the session says so. A provider that gives staff roles has just said anew which: what it takes is taken at once, and a session that
// did not begin as one of staff, with the short life of those, does not become one.
func (f *Flow) stepUp(ctx context.Context, a Assertion, row flowRow, cookie string) error {
	who, err := f.stillThere(ctx, row, cookie)
	if err != nil {
		return err
	}
	return f.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		var subject string
		err := tx.QueryRow(ctx, `update platform.sessions set auth_time = $4, staff = staff and not $5
			where session_id = $1 and provider = $2 and subject = $3 and ended_at is null returning subject`,
			who.SessionID, a.Provider, a.Subject, a.AuthTime.UTC(), a.GivesStaff && a.StaffRole == "").Scan(&subject)
		if errors.Is(err, pgx.ErrNoRows) {
			return Refuse(ErrWrongPerson, "step_up", nil)
		}
		if err != nil {
			return fmt.Errorf("note the fresh sign-in: %w", err)
		}
		if a.GivesStaff {
			if err := f.users.SetStaffRole(ctx, tx, who.UserID, a.StaffRole); err != nil {
				return err
			}
		}
		return tx.AuditPlatform(ctx, actor(who.UserID), "session.stepped_up", who.SessionID.String(), nil)
	})
}
