package auth

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// attempt is one try, counted before its password is looked at.
type attempt struct {
	throttle *Throttle
	who      tried
	counted  map[string]counted // by scope
}

// tried is who tries.
type tried struct {
	provider string
	user     string     // as it was sent; it leaves this process as an HMAC alone
	known    bool       // it is a user of ours
	from     netip.Addr // the client
}

type counted struct {
	tries int
	until time.Time
}

// countSQL counts one try for the client, then for the user, then for everybody; each only when the one before is within its limit, so that
// who is refused costs the others nothing. A window that is over begins anew. It is one statement: the rows' locks make tries at once wait
// for each other, and all statements take them in this order.
const countSQL = `
	with full_up as (
		select tries, until from platform.sign_in_attempts where scope = 'global' and key = $3 and tries >= $6 and until > $7),
	address as (
		insert into platform.sign_in_attempts as a (scope, key, tries, until)
		select 'address', $1, 1, $8::timestamptz where not exists (select from full_up)
		on conflict (scope, key) do update set tries = case when a.until <= $7 then 1 else a.tries + 1 end,
			until = case when a.until <= $7 then excluded.until else a.until end
		returning scope, tries, until),
	person as (
		insert into platform.sign_in_attempts as a (scope, key, tries, until)
		select 'user', $2, 1, $8 from address where tries <= $4
		on conflict (scope, key) do update set tries = case when a.until <= $7 then 1 else a.tries + 1 end,
			until = case when a.until <= $7 then excluded.until else a.until end
		returning scope, tries, until),
	everybody as (
		insert into platform.sign_in_attempts as a (scope, key, tries, until)
		select 'global', $3, 1, $8 from person where tries <= $5
		on conflict (scope, key) do update set tries = case when a.until <= $7 then 1 else a.tries + 1 end,
			until = case when a.until <= $7 then excluded.until else a.until end
		returning scope, tries, until)
	select scope, tries, until from address union all select scope, tries, until from person
	union all select scope, tries, until from everybody union all select 'global', tries + 1, until from full_up`

// begin counts a try. Its error is ErrThrottled, with RetryAfter: the password must not be looked at. So it is when the database cannot count.
// A nil Throttle counts nothing.
func (t *Throttle) begin(ctx context.Context, who tried) (*attempt, error) {
	if t == nil {
		return nil, nil
	}
	now := t.now()
	a := &attempt{throttle: t, who: who, counted: map[string]counted{}}
	rows, err := t.o.Platform.Query(ctx, countSQL, t.hash(scopeAddress, Client(who.from)), t.hash(scopeUser, who.user), t.hash(scopeGlobal, ""),
		t.o.Address, t.o.User, t.o.Global, now, now.Add(t.o.Window))
	if err != nil {
		return nil, refuseFor(slotWait, "uncounted", fmt.Errorf("count the try: %w", err))
	}
	var scope string
	var c counted
	_, err = pgx.ForEachRow(rows, []any{&scope, &c.tries, &c.until}, func() error { a.counted[scope] = c; return nil })
	if err != nil {
		return nil, refuseFor(slotWait, "uncounted", fmt.Errorf("count the try: %w", err))
	}
	for scope, c := range a.counted {
		if c.tries > t.limit(scope) {
			return nil, refuseFor(c.until.Sub(now), scope, a.blocked(ctx, scope, c))
		}
	}
	return a, nil
}

// right takes the try back: it was no wrong password. What counted against the user is forgotten; others at the same address may have failed.
func (a *attempt) right(ctx context.Context) error {
	if a == nil {
		return nil
	}
	return a.takeBack(ctx, `delete from platform.sign_in_attempts where scope = 'user' and key = $1`, a.throttle.hash(scopeUser, a.who.user))
}

// unseen takes back a try whose password was not looked at.
func (a *attempt) unseen(ctx context.Context) error {
	if a == nil {
		return nil
	}
	return a.takeBack(ctx, lessSQL, scopeUser, a.throttle.hash(scopeUser, a.who.user), a.counted[scopeUser].until)
}

const lessSQL = `update platform.sign_in_attempts set tries = tries - 1 where scope = $1 and key = $2 and until = $3 and tries > 0`

// takeBack takes the rows in the order of countSQL. The caller may be gone: the count must be right all the same.
func (a *attempt) takeBack(ctx context.Context, user string, args ...any) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	t, batch := a.throttle, &pgx.Batch{}
	batch.Queue(lessSQL, scopeAddress, t.hash(scopeAddress, Client(a.who.from)), a.counted[scopeAddress].until)
	batch.Queue(user, args...)
	batch.Queue(lessSQL, scopeGlobal, t.hash(scopeGlobal, ""), a.counted[scopeGlobal].until)
	if err := t.o.Platform.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("take the try back: %w", err)
	}
	return nil
}

// wrong writes the failure into the installation's log.
func (a *attempt) wrong(ctx context.Context) error {
	if a == nil {
		return nil
	}
	return a.note(ctx, "login.failed", nil)
}

// blocked writes into the log that a limit was reached: once in a window, for a flood of tries must not become one of lines.
func (a *attempt) blocked(ctx context.Context, scope string, c counted) error {
	if scope == scopeGlobal {
		if a.throttle.toldGlobal.Swap(c.until.UnixMicro()) == c.until.UnixMicro() {
			return nil
		}
	} else if c.tries != a.throttle.limit(scope)+1 {
		return nil
	}
	return a.note(ctx, "login.blocked", map[string]any{"scope": scope, "until": c.until.UTC().Format(time.RFC3339)})
}

// note writes a line with the address and, when it is one of ours, the user's id; never the name that was typed, which may be a password.
// Known or not, the same statements are sent.
func (a *attempt) note(ctx context.Context, action string, detail map[string]any) error {
	facts := map[string]any{"provider": a.who.provider, "address": Client(a.who.from)}
	maps.Copy(facts, detail)
	name := ""
	if a.who.known {
		name = a.who.user
	}
	return a.throttle.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		var target string
		err := tx.QueryRow(ctx, `select coalesce((select user_id::text from platform.identities where provider = $1 and subject = $2), '')`,
			a.who.provider, name).Scan(&target)
		if err != nil {
			return fmt.Errorf("find whose sign-in failed: %w", err)
		}
		return tx.AuditPlatform(ctx, "visitor", action, target, facts)
	})
}
