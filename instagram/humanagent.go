package instagram

import (
	"context"
	"errors"
	"fmt"

	"parlor/tenants"
)

// ErrHumanAgentNotAllowed reports that Instagram has not approved the human-agent permission for this installation.
var ErrHumanAgentNotAllowed = errors.New("the human-agent permission is not approved for this installation")

// ConfirmHumanAgent notes that the owner, who is the principal of ctx, confirms that people answer outside of 24 hours, or
// takes that back. Errors: ErrHumanAgentNotAllowed when on without the installation's permission; ErrNoConnection.
func (c *Connections) ConfirmHumanAgent(ctx context.Context, on bool) error {
	if on && !c.o.HumanAgent {
		return ErrHumanAgentNotAllowed
	}
	err := c.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		row, _, err := c.lock(tx)
		if err != nil || on == (row.HumanAgentConfirmedAt != nil) {
			return err
		}
		row.HumanAgentConfirmedAt, row.HumanAgentConfirmedBy = nil, nil
		action := "human_agent.withdrawn"
		if on {
			action, row.HumanAgentConfirmedAt = "human_agent.confirmed", new(c.o.Now().UTC())
			if p, ok := tenants.PrincipalFrom(ctx); ok && !p.UserID.IsZero() {
				row.HumanAgentConfirmedBy = &p.UserID
			}
		}
		if err := save(tx, &row, "human_agent_confirmed_at", "human_agent_confirmed_by"); err != nil {
			return err
		}
		return note(ctx, tx, action, "", nil)
	})
	if err != nil {
		return fmt.Errorf("confirm the human-agent tag: %w", err)
	}
	return nil
}

// HumanAgent reports whether a person may answer the account's customers outside of 24 hours: the installation has the
// permission and the owner has confirmed it.
func (c *Connections) HumanAgent(ctx context.Context) (bool, error) {
	if !c.o.HumanAgent {
		return false, nil
	}
	row, err := c.load(ctx)
	if errors.Is(err, ErrNoConnection) {
		return false, nil
	}
	return row.HumanAgentConfirmedAt != nil, err
}
