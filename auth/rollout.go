package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// RecentSignIn is how recently somebody of staff must have come in by a provider that stays before another one is given up.
const RecentSignIn = 7 * 24 * time.Hour

// RolloutOptions holds what the roll-out is judged by. Platform is required.
type RolloutOptions struct {
	Platform *tenants.Platform
	// BootstrapUntil is when the bootstrap sign-in ends by itself; zero: never.
	BootstrapUntil time.Time
	// NoStaff: the operator has said that nobody of staff need be able to come in.
	NoStaff bool
	Now     func() time.Time // default time.Now
}

// Rollout judges which ways to sign in may be given up without locking anybody out. It is safe for concurrent use.
type Rollout struct{ o RolloutOptions }

// NewRollout returns the judge.
func NewRollout(o RolloutOptions) *Rollout {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Rollout{o: o}
}

// Finding is one thing that a verdict rests on, in words for the operator.
type Finding struct {
	Code string
	Text string
}

// Verdict says whether a set of providers would lock people out. Warnings do not make it unsafe.
type Verdict struct {
	Providers []string
	Blockers  []Finding
	Warnings  []Finding
}

// Safe reports whether nothing speaks against it.
func (v *Verdict) Safe() bool { return len(v.Blockers) == 0 }

func (v *Verdict) blockf(code, format string, args ...any) {
	v.Blockers = append(v.Blockers, Finding{code, fmt.Sprintf(format, args...)})
}

func (v *Verdict) warnf(code, format string, args ...any) {
	v.Warnings = append(v.Warnings, Finding{code, fmt.Sprintf(format, args...)})
}

// Judge says whether everybody could still come in by these providers. recent is how lately somebody of staff must have used one of them, 0:
// ever; the bootstrap sign-in needs no use, for its people stand in the configuration. A fresh installation has nobody to lock out.
func (r *Rollout) Judge(ctx context.Context, providers []string, recent time.Duration) (Verdict, error) {
	v := Verdict{Providers: providers}
	bootstrap := slices.Contains(providers, BootstrapID) && (r.o.BootstrapUntil.IsZero() || r.o.Now().Before(r.o.BootstrapUntil))
	if slices.Contains(providers, BootstrapID) && !bootstrap {
		v.warnf("bootstrap_expired", "the bootstrap sign-in ended on %s", r.o.BootstrapUntil.UTC().Format(time.DateOnly))
	}
	open := slices.DeleteFunc(slices.Clone(providers), func(id string) bool { return id == BootstrapID && !bootstrap })
	if len(open) == 0 {
		v.blockf("no_provider", "no way to sign in would be left")
		return v, nil
	}
	if !bootstrap {
		if err := r.judgeStaff(ctx, &v, open, recent); err != nil {
			return v, err
		}
	}
	return v, r.judgeOwners(ctx, &v, open)
}

// judgeStaff asks whether anybody of staff has come in by what stays.
func (r *Rollout) judgeStaff(ctx context.Context, v *Verdict, open []string, recent time.Duration) error {
	since := time.Time{}
	if recent > 0 {
		since = r.o.Now().Add(-recent)
	}
	var staff, reachable int
	// Instagram makes nobody staff, so an identity there is no way in for one.
	open = slices.DeleteFunc(slices.Clone(open), func(id string) bool { return id == InstagramID })
	err := r.o.Platform.QueryRow(ctx, `select count(*), count(*) filter (where exists (
			select from platform.identities i where i.user_id = u.user_id and i.provider = any($1) and i.last_sign_in_at >= $2))
		from platform.users u where u.staff_role is not null and u.disabled_at is null
			and exists (select from platform.identities i where i.user_id = u.user_id and i.provider <> 'break_glass')`, open, since.UTC()).Scan(&staff, &reachable)
	if err != nil {
		return fmt.Errorf("count who is of staff: %w", err)
	}
	names := strings.Join(open, " or ")
	switch {
	case staff == 0 || reachable > 0:
	case r.o.NoStaff:
		v.warnf("no_staff", "nobody of staff can sign in by %s, and you said that nobody need", names)
	case recent > 0:
		v.blockf("staff_locked_out", "nobody of staff has signed in by %s within %d days: let one of them do so first, or set PARLOR_ALLOW_NO_STAFF",
			names, int(recent/(24*time.Hour)))
	default:
		v.blockf("staff_locked_out", "nobody of staff has ever signed in by %s: let one of them do so first, or set PARLOR_ALLOW_NO_STAFF", names)
	}
	return nil
}

// judgeOwners asks of each open account that has owners whether one of them could still come in. With Instagram among the providers the owner always
// can: the account is found by the consent.
func (r *Rollout) judgeOwners(ctx context.Context, v *Verdict, open []string) error {
	rows, err := r.o.Platform.Query(ctx, `select a.username,
			exists (select from platform.memberships m join platform.identities i using (user_id)
				where m.account_id = a.account_id and m.removed_at is null and m.role = 'owner' and i.provider = any($1))
		from platform.accounts a where a.kind = 'instagram' and a.status <> 'suspended' and exists (
			select from platform.memberships m where m.account_id = a.account_id and m.removed_at is null and m.role = 'owner')
		order by a.username limit 1000`, open)
	if err != nil {
		return fmt.Errorf("look at the accounts' owners: %w", err)
	}
	var stranded []string
	var username string
	var reachable bool
	_, err = pgx.ForEachRow(rows, []any{&username, &reachable}, func() error {
		if !reachable {
			stranded = append(stranded, "@"+username)
		}
		return nil
	})
	switch {
	case err != nil:
		return fmt.Errorf("look at the accounts' owners: %w", err)
	case len(stranded) == 0:
	case slices.Contains(open, InstagramID):
		v.warnf("not_connected_by_oauth", "no owner has signed in with Instagram yet: %s; they still can", some(stranded))
	default:
		v.blockf("owners_locked_out", "no owner could sign in any more: %s", some(stranded))
	}
	return nil
}

// some lists the first few.
func some(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// Next returns the sets of providers that the roll-out could go to from here; configured are those that are ready to be switched on.
func Next(now, configured []string) [][]string {
	var steps [][]string
	add := func(step ...string) {
		usable := !slices.ContainsFunc(step, func(id string) bool { return !slices.Contains(now, id) && !slices.Contains(configured, id) })
		if usable && !slices.Equal(step, now) {
			steps = append(steps, step)
		}
	}
	if !slices.Contains(now, InstagramID) {
		add(BootstrapID, InstagramID)
		return steps
	}
	if slices.Contains(now, BootstrapID) {
		add(BootstrapID, InstagramID, "oidc")
	}
	add(InstagramID, "oidc")
	if len(steps) == 0 && slices.Contains(now, BootstrapID) {
		add(InstagramID)
	}
	return steps
}

// OAuthAccount is an account and whether an owner has signed in with it.
type OAuthAccount struct {
	AccountID tenants.AccountID
	Username  string
	Connected bool
	At        *time.Time // of the last such sign-in
}

// Accounts lists the accounts with what the roll-out waits for, those that are missing first.
func (r *Rollout) Accounts(ctx context.Context) ([]OAuthAccount, error) {
	rows, err := r.o.Platform.Query(ctx, `select a.account_id, a.username, s.at is not null, s.at
		from platform.accounts a left join lateral (
			select max(i.last_sign_in_at) as at from platform.identities i join platform.memberships m using (user_id)
			where i.provider = 'instagram' and i.subject = a.instagram_user_id and m.account_id = a.account_id and m.removed_at is null) s on true
		where a.kind = 'instagram' order by s.at is not null, a.username limit 1000`)
	if err != nil {
		return nil, fmt.Errorf("list the accounts of the roll-out: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[OAuthAccount])
	if err != nil {
		return nil, fmt.Errorf("list the accounts of the roll-out: %w", err)
	}
	return list, nil
}
