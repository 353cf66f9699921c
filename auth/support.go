package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// The bounds of a visit.
const (
	MinSupportMinutes = 5
	MaxSupportMinutes = 60
	MinSupportReason  = 10 // characters
	MaxSupportReason  = 500

	supportSweep = 5 * time.Second
)

// What a visit cannot be opened for. Test with errors.Is.
var (
	ErrSupportReason   = errors.New("a visit needs a reason of 10 to 500 characters")
	ErrSupportMinutes  = errors.New("a visit lasts 5 to 60 minutes")
	ErrSupportChained  = errors.New("a visit cannot be opened from a visit")
	ErrSupportDisabled = refusal("support_disabled", "the owner has switched support access off")
)

// SupportEnd says who or what ended a visit.
type SupportEnd string

// The ways in which a visit ends.
const (
	SupportEndedByStaff   SupportEnd = "staff"
	SupportEndedByOwner   SupportEnd = "owner"
	SupportEndedByTime    SupportEnd = "time"
	SupportEndedSwitchOff SupportEnd = "switched_off" // support access, replies in it, or the whole account
	SupportEndedSignOut   SupportEnd = "signed_out"   // the session that it belonged to is over
)

// Visit is one visit of support to an account.
type Visit struct {
	ID        tenants.GrantID
	AccountID tenants.AccountID
	UserID    tenants.UserID
	SessionID tenants.SessionID
	StaffName string
	Reason    string
	Mode      tenants.SupportMode
	OpenedAt  time.Time
	ExpiresAt time.Time
	EndedAt   time.Time // zero: not ended
	EndedBy   SupportEnd
}

// Live reports whether the visit goes on.
func (v Visit) Live(now time.Time) bool { return v.EndedAt.IsZero() && now.Before(v.ExpiresAt) }

func (v Visit) grant() *tenants.SupportGrant {
	return &tenants.SupportGrant{ID: v.ID, Mode: v.Mode, Reason: v.Reason, ExpiresAt: v.ExpiresAt}
}

// Support opens, keeps and ends visits of staff to accounts. A visit belongs to one session and one account, has a reason, ends by itself, and
// stands in the account's own log. It is safe for concurrent use.
type Support struct {
	o        SessionOptions
	sessions *Sessions

	mu    sync.Mutex
	known map[tenants.GrantID]Visit // of tokens that were seen here; a revocation is what ends one, not this
}

// NewSupport returns the visits of the installation whose sessions these are.
func NewSupport(s *Sessions) *Support {
	return &Support{o: s.o, sessions: s, known: map[tenants.GrantID]Visit{}}
}

const visitColumns = `grant_id, account_id, user_id, session_id, staff_name, reason, mode, opened_at, expires_at, ended_at, coalesce(ended_by, '')`

// OpenVisit lets staff without a membership into an account, for a reason and some minutes. It is read-only unless the owner allows replies.
// The owner's pages hear of it at once. Errors: ErrSupportReason, ErrSupportMinutes, ErrSupportDisabled, ErrAccountSuspended,
// tenants.ErrNotFound (no such account, or whoever asks is not of staff), ErrNoSession.
func (s *Support) OpenVisit(ctx context.Context, p tenants.Principal, account tenants.AccountID, reason string, minutes int) (Opening, error) {
	reason = strings.TrimSpace(reason)
	switch n := utf8.RuneCountInString(reason); {
	case p.Grant != nil:
		return Opening{}, ErrSupportChained
	case !p.Can(tenants.SupportOpen):
		return Opening{}, tenants.ErrNotFound
	case n < MinSupportReason || n > MaxSupportReason || !utf8.ValidString(reason) || strings.ContainsRune(reason, 0):
		return Opening{}, ErrSupportReason
	case minutes < MinSupportMinutes || minutes > MaxSupportMinutes:
		return Opening{}, ErrSupportMinutes
	}
	now := s.o.Now().UTC().Truncate(time.Microsecond)
	v := Visit{
		ID: tenants.NewGrantID(), AccountID: account, UserID: p.UserID, SessionID: p.SessionID, Reason: reason,
		Mode: tenants.SupportRead, OpenedAt: now, ExpiresAt: now.Add(time.Duration(minutes) * time.Minute),
	}
	err := s.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error { return s.open(ctx, tx, &v) })
	if err != nil {
		return Opening{}, err
	}
	return s.Reopen(ctx, Session{ID: p.SessionID, UserID: p.UserID}, v.ID)
}

func (s *Support) open(ctx context.Context, tx *tenants.PlatformTx, v *Visit) error {
	var status tenants.AccountStatus
	var enabled, replies bool
	err := tx.QueryRow(ctx, `select status, support_enabled, support_replies from platform.accounts
		where account_id = $1 and kind = 'instagram' for share`, v.AccountID).Scan(&status, &enabled, &replies)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return tenants.ErrNotFound
	case err != nil:
		return fmt.Errorf("look at the account: %w", err)
	case status == tenants.AccountSuspended:
		return Refuse(ErrAccountSuspended, "support", nil)
	case !enabled:
		return Refuse(ErrSupportDisabled, "support", nil)
	case replies:
		v.Mode = tenants.SupportReply
	}
	// Staff as of now, in a session as of now; and never a member, who needs no visit and must not lose sight of who he is.
	var member bool
	err = tx.QueryRow(ctx, `select u.display_name, exists (
			select from platform.memberships m where m.account_id = $3 and m.user_id = u.user_id and m.removed_at is null)
		from platform.sessions s join platform.users u using (user_id)
		where s.session_id = $1 and u.user_id = $2 and s.ended_at is null and s.expires_at > $4 and s.staff and u.disabled_at is null
			and u.staff_role is not null
		for share of s`, v.SessionID, v.UserID, v.AccountID, v.OpenedAt).Scan(&v.StaffName, &member)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Refuse(ErrNoSession, "support", nil)
	case err != nil:
		return fmt.Errorf("look at the visitor: %w", err)
	case member:
		return tenants.ErrConflict
	}
	_, err = tx.Exec(ctx, `insert into platform.support_grants
		(grant_id, account_id, user_id, session_id, staff_name, reason, mode, opened_at, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		v.ID, v.AccountID, v.UserID, v.SessionID, v.StaffName, v.Reason, v.Mode, v.OpenedAt, v.ExpiresAt)
	if err != nil {
		return fmt.Errorf("open the visit: %w", err)
	}
	if err := tx.AuditPlatform(ctx, actor(v.UserID), "support.opened", v.AccountID.String(), map[string]any{"grant": v.ID.String()}); err != nil {
		return err
	}
	if err := tx.Notify(ctx, tenants.LiveRef{AccountID: v.AccountID, Kind: tenants.LiveSupport}); err != nil {
		return err
	}
	return tx.AuditAccount(v.within(ctx), v.AccountID, tenants.AuditEntry{
		Action: "support.opened", Target: v.ID.String(),
		Detail: map[string]any{"mode": v.Mode, "minutes": int(v.ExpiresAt.Sub(v.OpenedAt) / time.Minute)},
	})
}

// within is the context of what the visitor does.
func (v Visit) within(ctx context.Context) context.Context {
	return tenants.WithPrincipal(ctx, tenants.Principal{UserID: v.UserID, DisplayName: v.StaffName, AccountID: v.AccountID, Grant: v.grant()})
}

// Reopen gives the session that a visit belongs to a token for it, for as long as the visit still lasts. Errors: tenants.ErrNotFound when there
// is no such visit of this session, or it is over; ErrNoSession.
func (s *Support) Reopen(ctx context.Context, session Session, id tenants.GrantID) (Opening, error) {
	v, err := s.load(ctx, id)
	if err != nil {
		return Opening{}, err
	}
	if v.SessionID != session.ID || !v.Live(s.o.Now()) {
		return Opening{}, tenants.ErrNotFound
	}
	user, err := s.sessions.users.ByID(ctx, v.UserID)
	if err != nil {
		return Opening{}, err
	}
	account, err := s.sessions.accounts.ByID(ctx, v.AccountID)
	if err != nil {
		return Opening{}, err
	}
	row, err := loadSession(ctx, s.o.Platform, session.ID, "")
	if err != nil {
		return Opening{}, err
	}
	if now := s.o.Now(); row.ended || !now.Before(row.ExpiresAt) {
		return Opening{}, Refuse(ErrNoSession, "ended", nil)
	}
	staff := row.staffRole(user)
	if user.Disabled || staff == "" || account.Status == tenants.AccountSuspended {
		return Opening{}, tenants.ErrNotFound
	}
	p := tenants.Principal{
		UserID: user.ID, DisplayName: user.DisplayName, StaffRole: staff, SessionID: session.ID, Provider: row.Provider,
		AccountID: account.ID, Grant: v.grant(),
	}
	until := v.ExpiresAt
	if row.ExpiresAt.Before(until) {
		until = row.ExpiresAt
	}
	issued, err := s.o.Tokens.Issue(Subject{Principal: p, AuthTime: row.AuthTime, NotAfter: until})
	if err != nil {
		return Opening{}, err
	}
	return Opening{Issued: issued, Principal: p, User: user, Account: account, Visit: &v}, nil
}

// Complete adds to the principal of a token what the token does not say of its visit: the reason. It asks the database once for each visit.
// Error: tenants.ErrNotFound when there is no such visit, or it is over.
func (s *Support) Complete(ctx context.Context, p tenants.Principal) (tenants.Principal, Visit, error) {
	s.mu.Lock()
	v, known := s.known[p.Grant.ID]
	s.mu.Unlock()
	if !known || v.SessionID != p.SessionID { // or it has moved to the session that took the other's place
		var err error
		if v, err = s.load(ctx, p.Grant.ID); err != nil {
			return tenants.Principal{}, Visit{}, err
		}
	}
	if !v.Live(s.o.Now()) || v.UserID != p.UserID || v.AccountID != p.AccountID || v.SessionID != p.SessionID || v.Mode != p.Grant.Mode {
		return tenants.Principal{}, Visit{}, tenants.ErrNotFound
	}
	s.remember(v)
	p.DisplayName, p.Grant = v.StaffName, v.grant()
	return p, v, nil
}

// Request notes one request of a visit in the account's log, with the conversation that it names, if any, and returns the principal to go on
// with. What cannot be noted must not happen. Errors as Complete.
func (s *Support) Request(ctx context.Context, p tenants.Principal, method, path, conversation string) (tenants.Principal, error) {
	p, _, err := s.Complete(ctx, p)
	if err != nil {
		return tenants.Principal{}, err
	}
	return p, s.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		return tx.AuditAccount(tenants.WithPrincipal(ctx, p), p.AccountID, tenants.AuditEntry{
			Action: tenants.SupportRequest, Target: conversation, Detail: map[string]any{"method": method, "path": path},
		})
	})
}

// remember keeps a visit until it is over.
func (s *Support) remember(v Visit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, there := s.known[v.ID]; there && known.SessionID == v.SessionID {
		return
	}
	for id, old := range s.known {
		if !old.Live(s.o.Now()) {
			delete(s.known, id)
		}
	}
	s.known[v.ID] = v
}

func (s *Support) load(ctx context.Context, id tenants.GrantID) (Visit, error) {
	v, err := scanVisit(s.o.Platform.QueryRow(ctx, "select "+visitColumns+" from platform.support_grants where grant_id = $1", id))
	if errors.Is(err, pgx.ErrNoRows) {
		return Visit{}, tenants.ErrNotFound
	}
	if err != nil {
		return Visit{}, fmt.Errorf("load the visit: %w", err)
	}
	return v, nil
}

func scanVisit(row pgx.Row) (v Visit, err error) {
	var ended *time.Time
	err = row.Scan(&v.ID, &v.AccountID, &v.UserID, &v.SessionID, &v.StaffName, &v.Reason, &v.Mode, &v.OpenedAt, &v.ExpiresAt, &ended, &v.EndedBy)
	v.EndedAt = timeOrZero(ended)
	return v, err
}
