package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// BreakGlassID is what sessions by an emergency link name as their provider. It is never on the login page, and no configuration switches it
// off: who can make such a link has the server already.
const BreakGlassID = "break_glass"

const (
	breakGlassLink    = 10 * time.Minute // life of a link that is not used
	breakGlassSession = time.Hour        // life of the session that it makes
)

// ErrBreakGlassReason says that a link is made by somebody with a name, and for a reason.
var ErrBreakGlassReason = errors.New("an emergency link needs a name, and a reason of 10 to 500 characters")

// ErrBreakGlass means that a link does not serve: unknown, used, or over.
var ErrBreakGlass = refusal("link_invalid", "this link is not valid: it was used or has expired")

// BreakGlass makes and takes the links by which the operator comes in when no other door opens. Each serves once, and stands in the
// installation's log with its reason. It is safe for concurrent use.
type BreakGlass struct {
	platform *tenants.Platform
	sessions *Sessions // nil: it only makes links
	now      func() time.Time
}

// NewBreakGlass returns them. Without sessions it can only make links. A nil now is time.Now.
func NewBreakGlass(p *tenants.Platform, s *Sessions, now func() time.Time) *BreakGlass {
	if now == nil {
		now = time.Now
	}
	return &BreakGlass{platform: p, sessions: s, now: now}
}

// Mint returns the secret of a new link. Error: ErrBreakGlassReason.
func (b *BreakGlass) Mint(ctx context.Context, name, reason string) (token string, until time.Time, err error) {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); !validUser(name) || n < MinSupportReason || n > MaxSupportReason {
		return "", time.Time{}, ErrBreakGlassReason
	}
	token, now := rand.Text()+rand.Text(), b.now().UTC()
	until = now.Add(breakGlassLink)
	err = b.platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		_, err := tx.Exec(ctx, `insert into platform.break_glass_links (token_hash, name, reason, created_at, expires_at) values ($1, $2, $3, $4, $5)`,
			hashLink(token), name, reason, now, until)
		if err != nil {
			return fmt.Errorf("make the link: %w", err)
		}
		return tx.AuditPlatform(ctx, "command_line", "break_glass.made", name, map[string]any{"reason": reason})
	})
	return token, until, err
}

// Use makes a session of an operator for an hour. Error: ErrBreakGlass.
func (b *BreakGlass) Use(ctx context.Context, token, oldCookie string, v Visitor) (SignedIn, error) {
	in := SignedIn{ReturnTo: home, Intent: IntentSignIn}
	former, err := b.sessions.former(ctx, oldCookie)
	if err != nil {
		return in, err
	}
	err = b.platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		now := b.now().UTC()
		var name, reason string
		err := tx.QueryRow(ctx, `update platform.break_glass_links set used_at = $2
			where token_hash = $1 and used_at is null and expires_at > $2 returning name, reason`, hashLink(token), now).Scan(&name, &reason)
		if errors.Is(err, pgx.ErrNoRows) {
			return Refuse(ErrBreakGlass, "link", nil)
		}
		if err != nil {
			return fmt.Errorf("take the link: %w", err)
		}
		user, _, err := b.sessions.users.FindOrCreateByIdentity(ctx, tx, tenants.Identity{Provider: BreakGlassID, Subject: name, DisplayName: name})
		if err == nil && user.Disabled { // shut out by an operator, whoever holds the link; it is not spent
			err = Refuse(ErrBreakGlass, "disabled", nil)
		}
		if err == nil && user.StaffRole != tenants.StaffOperator {
			err = b.sessions.users.SetStaffRole(ctx, tx, user.ID, tenants.StaffOperator)
		}
		if err != nil {
			return err
		}
		a := Assertion{
			Provider: BreakGlassID, Subject: name, AuthTime: now, Until: now.Add(breakGlassSession), GivesStaff: true, StaffRole: tenants.StaffOperator,
		}
		in.Session, in.Cookie, in.ExpiresAt, err = b.sessions.create(ctx, tx, user.ID, a, tenants.AccountID{}, v)
		if err == nil {
			err = b.sessions.replace(ctx, tx, in.Session, former)
		}
		if err != nil {
			return err
		}
		return tx.AuditPlatform(ctx, actor(user.ID), "break_glass.used", name, map[string]any{"reason": reason})
	})
	return in, err
}

func hashLink(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
