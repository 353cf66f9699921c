package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// SupportSettings is what an account's owner lets support do.
type SupportSettings struct {
	Enabled      bool
	AllowReplies bool
}

// Settings returns what the owner of the account in ctx allows.
func (s *Support) Settings(ctx context.Context) (SupportSettings, error) {
	account, _ := tenants.AccountFrom(ctx)
	var now SupportSettings
	err := s.o.Platform.QueryRow(ctx, `select support_enabled, support_replies from platform.accounts where account_id = $1`, account).
		Scan(&now.Enabled, &now.AllowReplies)
	if errors.Is(err, pgx.ErrNoRows) {
		return SupportSettings{}, tenants.ErrNotFound
	}
	if err != nil {
		return SupportSettings{}, fmt.Errorf("read what support may do: %w", err)
	}
	return now, nil
}

// Change sets what the owner allows; nil leaves it. Visits that could not be opened any more end by it. Error: tenants.ErrNotAllowed.
func (s *Support) Change(ctx context.Context, enabled, replies *bool) (SupportSettings, error) {
	var now SupportSettings
	err := s.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		account, err := tx.Still(ctx, tenants.SupportManage)
		if err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `update platform.accounts set support_enabled = coalesce($2, support_enabled), support_replies = coalesce($3, support_replies)
			where account_id = $1 returning support_enabled, support_replies`, account, enabled, replies).Scan(&now.Enabled, &now.AllowReplies)
		if err != nil {
			return fmt.Errorf("change what support may do: %w", err)
		}
		err = s.endAll(ctx, tx, SupportEndedSwitchOff, `account_id = $3 and (not $4 or mode = 'reply' and not $5)`, account, now.Enabled, now.AllowReplies)
		if err != nil {
			return err
		}
		if err := tx.Notify(ctx, tenants.LiveRef{AccountID: account, Kind: tenants.LiveSupport}); err != nil {
			return err
		}
		return tx.AuditAccount(ctx, account, tenants.AuditEntry{
			Action: "support.settings_changed", Detail: map[string]any{"enabled": now.Enabled, "replies": now.AllowReplies},
		})
	})
	return now, err
}

// EndByOwner ends a visit to the account in ctx. One that is over already is no error. Errors: tenants.ErrNotFound, tenants.ErrNotAllowed.
func (s *Support) EndByOwner(ctx context.Context, id tenants.GrantID) error {
	return s.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		account, err := tx.Still(ctx, tenants.SupportManage)
		if err != nil {
			return err
		}
		var there bool
		err = tx.QueryRow(ctx, `select exists (select from platform.support_grants where account_id = $1 and grant_id = $2)`, account, id).Scan(&there)
		if err != nil {
			return fmt.Errorf("find the visit: %w", err)
		}
		if !there {
			return tenants.ErrNotFound
		}
		return s.endAll(ctx, tx, SupportEndedByOwner, `account_id = $3 and grant_id = $4`, account, id)
	})
}

// EndByStaff ends the visit that p is on.
func (s *Support) EndByStaff(ctx context.Context, p tenants.Principal) error {
	if p.Grant == nil {
		return tenants.ErrNotFound
	}
	return s.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		return s.endAll(ctx, tx, SupportEndedByStaff, `session_id = $3 and grant_id = $4`, p.SessionID, p.Grant.ID)
	})
}

// Run ends visits whose time is over, until ctx ends. Their tokens end by themselves; this is for the list and the log.
func (s *Support) Run(ctx context.Context) error {
	ticker := time.NewTicker(supportSweep)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		err := s.EndOver(ctx)
		if err != nil && ctx.Err() == nil {
			s.o.Logger.WarnContext(ctx, "ending visits of support whose time is over", "error", err)
		}
	}
}

// EndOver ends the visits whose time is over, those whose session is, however that ended, and those to accounts that were suspended: a visit must
// not come to life again with its account.
func (s *Support) EndOver(ctx context.Context) error {
	return s.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		now := s.o.Now().UTC()
		if err := s.endAll(ctx, tx, SupportEndedByTime, `expires_at <= $3`, now); err != nil {
			return err
		}
		err := s.endAll(ctx, tx, SupportEndedSignOut, `expires_at > $3 and not exists (
			select from platform.sessions s join platform.users u using (user_id)
			where s.session_id = support_grants.session_id and s.ended_at is null and s.staff and u.staff_role is not null and u.disabled_at is null)`, now)
		if err != nil {
			return err
		}
		return s.endAll(ctx, tx, SupportEndedSwitchOff, `account_id in (select account_id from platform.accounts where status = 'suspended')`)
	})
}

func (s *Support) endAll(ctx context.Context, tx *tenants.PlatformTx, by SupportEnd, where string, args ...any) error {
	return endVisits(ctx, tx, s.o.Now(), by, where, args...)
}

// endVisits ends the live visits that where names, everywhere, and writes it into the accounts' logs. where is SQL of ours, with parameters
// from $3 on. Of two who end the same visit one writes; who finds it locked leaves it to the other.
func endVisits(ctx context.Context, tx *tenants.PlatformTx, at time.Time, by SupportEnd, where string, args ...any) error {
	rows, err := tx.Query(ctx, `update platform.support_grants set ended_at = $1, ended_by = $2 where ended_at is null and `+where+`
		returning `+visitColumns, append([]any{at.UTC(), string(by)}, args...)...)
	if err != nil {
		return fmt.Errorf("end visits: %w", err)
	}
	ended, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Visit, error) { return scanVisit(row) })
	if err != nil {
		return fmt.Errorf("end visits: %w", err)
	}
	for _, v := range ended {
		if err := tx.Revoke(ctx, tenants.AuthEvent{Kind: tenants.SupportEnded, AccountID: v.AccountID, GrantID: v.ID}); err != nil {
			return err
		}
		if err := tx.Notify(ctx, tenants.LiveRef{AccountID: v.AccountID, Kind: tenants.LiveSupport}); err != nil {
			return err
		}
		inside := ctx // of the owner who ends it
		if by != SupportEndedByOwner && by != SupportEndedSwitchOff {
			inside = v.within(ctx)
		}
		err := tx.AuditAccount(inside, v.AccountID, tenants.AuditEntry{
			Action: "support.ended", Target: v.ID.String(), Detail: map[string]any{"by": by, "support_reason": v.Reason},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Visits lists the visits to the account in ctx, newest first: those before the one given, if any.
func (s *Support) Visits(ctx context.Context, before tenants.GrantID, limit int) ([]Visit, error) {
	account, _ := tenants.AccountFrom(ctx)
	rows, err := s.o.Platform.Query(ctx, "select "+visitColumns+` from platform.support_grants
		where account_id = $1 and ($2::uuid is null or (opened_at, grant_id) < (select opened_at, grant_id from platform.support_grants
			where account_id = $1 and grant_id = $2))
		order by opened_at desc, grant_id desc limit $3`, account, grantOrNull(before), limit)
	if err != nil {
		return nil, fmt.Errorf("list visits: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Visit, error) { return scanVisit(row) })
	if err != nil {
		return nil, fmt.Errorf("list visits: %w", err)
	}
	return list, nil
}

func grantOrNull(id tenants.GrantID) any {
	if id.IsZero() {
		return nil
	}
	return id
}
