package api

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"parlor/conversations"
	"parlor/tenants"
)

// erasures removes a customer, or the whole account, for its owner.
type erasures struct {
	eraser   *conversations.Eraser
	accounts *tenants.Accounts
}

// Receipt says what was removed.
type Receipt struct {
	ID       string           `json:"id"`
	ErasedAt time.Time        `json:"erased_at"`
	Removed  map[string]int64 `json:"removed" doc:"How many rows of which table; files are those of the blob store"`
}

type receiptOutput struct{ Body Receipt }

type participantInput struct {
	ParticipantID string `path:"participant_id"`
}

type deleteAccountInput struct{ Body AccountDeletion }

// AccountDeletion confirms what cannot be undone.
type AccountDeletion struct {
	Confirm string `json:"confirm" maxLength:"100" doc:"The account's username, typed by a person"`
}

// participant erases a customer.
func (h *erasures) participant(ctx context.Context, in *participantInput) (*receiptOutput, error) {
	id, err := conversationID(in.ParticipantID) // the same spelling
	if err != nil {
		return nil, err
	}
	r, err := h.eraser.Participant(ctx, id.UUID)
	if err != nil {
		return nil, err
	}
	return receipt(r.ID, r.ErasedAt, r.Removed), nil
}

// account deletes the account that the session is in.
func (h *erasures) account(ctx context.Context, in *deleteAccountInput) (*receiptOutput, error) {
	id, _ := tenants.AccountFrom(ctx)
	a, err := h.accounts.ByID(ctx, id)
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(strings.TrimPrefix(strings.TrimSpace(in.Body.Confirm), "@"), a.Username) || a.Username == "" {
		return nil, invalidField("body.confirm", "expected the account's username")
	}
	d, err := h.eraser.Account(ctx)
	if err != nil {
		return nil, err
	}
	at := d.RequestedAt
	if d.FinishedAt != nil {
		at = *d.FinishedAt
	}
	return receipt(id.UUID, at, d.Removed), nil
}

func receipt(id uuid.UUID, at time.Time, removed tenants.Removed) *receiptOutput {
	if removed == nil {
		removed = tenants.Removed{}
	}
	return &receiptOutput{Body: Receipt{ID: id.String(), ErasedAt: at, Removed: removed}}
}
