package auth

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// roster is a strategy whose people stand in the configuration, and so may be gone after a restart.
type roster interface {
	Provider
	// Admits returns the staff role that the configuration gives a subject, "" when it is not let in any more.
	Admits(subject string) tenants.StaffRole
}

// issuing is a strategy whose subjects belong to an issuer, and the configuration may name another one after a restart.
type issuing interface {
	Provider
	// Issued reports whether a subject is of the issuer that is configured now.
	Issued(subject string) bool
}

// Reconcile ends the sessions that the configuration does not stand behind any more: those of a provider that is not
// enabled, those of another issuer than the configured one, and those of configured people who are gone or have another staff role. Call it at start-up and when the people of the configuration change. It returns how many there were. keepDisabled leaves the sessions of
// providers that are switched off to their own end.
func (s *Sessions) Reconcile(ctx context.Context, r *Registry, keepDisabled bool) (int, error) {
	ended := 0
	err := s.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		if !keepDisabled {
			n, err := s.endDisabled(ctx, tx, append(r.IDs(), BreakGlassID))
			if err != nil {
				return err
			}
			ended = n
		}
		for _, p := range r.ordered {
			keep := stands(p)
			if keep == nil {
				continue
			}
			n, err := s.endUnlisted(ctx, tx, p.Descriptor().ID, keep)
			if err != nil {
				return err
			}
			ended += n
		}
		return nil
	})
	return ended, err
}

// endDisabled ends the sessions of all providers but the enabled ones, with one event for each provider.
func (s *Sessions) endDisabled(ctx context.Context, tx *tenants.PlatformTx, enabled []string) (int, error) {
	rows, err := tx.Query(ctx, `update platform.sessions set ended_at = $1, ended_reason = $2
		where ended_at is null and expires_at > $1 and provider <> all($3) returning provider`,
		s.o.Now().UTC(), string(EndProviderDisabled), enabled)
	if err != nil {
		return 0, fmt.Errorf("end sessions of disabled providers: %w", err)
	}
	providers, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return 0, fmt.Errorf("end sessions of disabled providers: %w", err)
	}
	told := map[string]bool{}
	for _, provider := range providers {
		if told[provider] {
			continue
		}
		told[provider] = true
		if err := tx.Revoke(ctx, tenants.AuthEvent{Kind: tenants.ProviderDisabled, Provider: provider}); err != nil {
			return 0, err
		}
		if err := tx.AuditPlatform(ctx, "system", "provider.disabled", provider, nil); err != nil {
			return 0, err
		}
	}
	return len(providers), nil
}

// stands returns what tells whether the configuration stands behind a person with a staff role; nil: the provider alone knows.
func stands(p Provider) func(subject string, role tenants.StaffRole) bool {
	switch p := p.(type) {
	case roster:
		return func(subject string, role tenants.StaffRole) bool { return role != "" && p.Admits(subject) == role }
	case issuing:
		return func(subject string, _ tenants.StaffRole) bool { return p.Issued(subject) }
	}
	return nil
}

// endUnlisted ends the sessions of people whom the provider would not let in the same way now.
func (s *Sessions) endUnlisted(
	ctx context.Context, tx *tenants.PlatformTx, provider string, keep func(subject string, role tenants.StaffRole) bool,
) (int, error) {
	rows, err := tx.Query(ctx, `select s.session_id, s.subject, coalesce(u.staff_role, '')
		from platform.sessions s join platform.users u using (user_id)
		where s.provider = $1 and s.ended_at is null and s.expires_at > $2`, provider, s.o.Now().UTC())
	if err != nil {
		return 0, fmt.Errorf("list sessions of a provider: %w", err)
	}
	var gone []tenants.SessionID
	var id tenants.SessionID
	var subject string
	var role tenants.StaffRole
	_, err = pgx.ForEachRow(rows, []any{&id, &subject, &role}, func() error {
		if !keep(subject, role) {
			gone = append(gone, id)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("list sessions of a provider: %w", err)
	}
	for _, id := range gone {
		if err := s.end(ctx, tx, id, EndUnlisted); err != nil {
			return 0, err
		}
	}
	return len(gone), nil
}
