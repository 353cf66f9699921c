package api

import (
	"context"
	"time"

	"github.com/google/uuid"

	"parlor/auth"
	"parlor/conversations"
	"parlor/tenants"
)

// visits shows the owner of an account who of support was there, why, and what for; and lets him end it.
type visits struct {
	support *auth.Support
	db      *tenants.DB
	store   *conversations.Store
	now     func() time.Time
}

func (h *visits) list(ctx context.Context, in *listVisitsInput) (*visitPageOutput, error) {
	var before tenants.GrantID
	if in.Cursor != "" {
		var err error
		if before, err = tenants.ParseGrantID(in.Cursor); err != nil {
			return nil, invalidField("query.cursor", "expected the next_cursor of this list")
		}
	}
	settings, err := h.support.Settings(ctx)
	if err != nil {
		return nil, err
	}
	found, err := h.support.Visits(ctx, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &visitPageOutput{Body: VisitPage{SupportSettings: shownSettings(settings), Items: []Visit{}}}
	if len(found) > in.Limit {
		found = found[:in.Limit]
		out.Body.NextCursor = optional(found[in.Limit-1].ID.String())
	}
	out.Body.Items, err = h.shown(ctx, found)
	return out, err
}

// shown adds what the account's log and its conversations say of the visits.
func (h *visits) shown(ctx context.Context, found []auth.Visit) ([]Visit, error) {
	ids := make([]tenants.GrantID, len(found))
	for i, v := range found {
		ids[i] = v.ID
	}
	done, err := h.db.Visited(ctx, ids)
	if err != nil {
		return nil, err
	}
	var opened []uuid.UUID
	for _, d := range done {
		opened = append(opened, d.Conversations...)
	}
	names, err := h.store.ParticipantNames(ctx, opened)
	if err != nil {
		return nil, err
	}
	items := make([]Visit, len(found))
	for i, v := range found {
		items[i] = Visit{
			ID: v.ID.String(), StaffName: v.StaffName, Reason: v.Reason, Mode: string(v.Mode), OpenedAt: v.OpenedAt, ExpiresAt: v.ExpiresAt,
			EndedAt: optionalTime(v.EndedAt), EndedBy: optional(string(v.EndedBy)), Live: v.Live(h.now()), Requests: done[v.ID].Requests,
			Conversations: []VisitedConversation{},
		}
		for _, id := range done[v.ID].Conversations {
			items[i].Conversations = append(items[i].Conversations, VisitedConversation{ID: id.String(), ParticipantName: names[id]})
		}
	}
	return items, nil
}

func (h *visits) update(ctx context.Context, in *updateSupportInput) (*supportSettingsOutput, error) {
	settings, err := h.support.Change(ctx, in.Body.Enabled, in.Body.AllowReplies)
	if err != nil {
		return nil, err
	}
	return &supportSettingsOutput{Body: shownSettings(settings)}, nil
}

func (h *visits) end(ctx context.Context, in *visitInput) (*struct{}, error) {
	id, err := tenants.ParseGrantID(in.GrantID)
	if err != nil {
		return nil, tenants.ErrNotFound
	}
	return nil, h.support.EndByOwner(ctx, id)
}

func shownSettings(s auth.SupportSettings) SupportSettings {
	return SupportSettings{Enabled: s.Enabled, AllowReplies: s.AllowReplies}
}

type listVisitsInput struct{ PageInput }

type visitInput struct {
	GrantID string `path:"grant_id"`
}

type visitPageOutput struct{ Body VisitPage }

type supportSettingsOutput struct{ Body SupportSettings }

type updateSupportInput struct{ Body SupportUpdate }

// SupportUpdate changes what support may do; what is left out stays.
type SupportUpdate struct {
	Enabled      *bool `json:"enabled,omitempty" doc:"false: nobody of support gets in, and who is there is out at once"`
	AllowReplies *bool `json:"allow_replies,omitempty" doc:"true: visits opened from now on may reply"`
}

// SupportSettings is what support may do.
type SupportSettings struct {
	Enabled      bool `json:"enabled"`
	AllowReplies bool `json:"allow_replies"`
}

// VisitPage is a page of visits, newest first.
type VisitPage struct {
	SupportSettings
	Items      []Visit `json:"items" nullable:"false"`
	NextCursor *string `json:"next_cursor"`
}

// Visit is one visit of support to the account.
type Visit struct {
	ID            string                `json:"id"`
	StaffName     string                `json:"staff_name"`
	Reason        string                `json:"reason"`
	Mode          string                `json:"mode" enum:"read,reply"`
	OpenedAt      time.Time             `json:"opened_at"`
	ExpiresAt     time.Time             `json:"expires_at"`
	EndedAt       *time.Time            `json:"ended_at"`
	EndedBy       *string               `json:"ended_by" enum:"staff,owner,time,switched_off,signed_out"`
	Live          bool                  `json:"live"`
	Requests      int64                 `json:"requests" doc:"How much was asked for; each stands in the log"`
	Conversations []VisitedConversation `json:"conversations" nullable:"false" doc:"Those that were opened"`
}

// VisitedConversation is a conversation that a visit opened.
type VisitedConversation struct {
	ID              string `json:"id"`
	ParticipantName string `json:"participant_name" doc:"Empty: not known, or erased"`
}
