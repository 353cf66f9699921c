package api

import (
	"context"
	"time"

	"github.com/google/uuid"

	"parlor/conversations"
	"parlor/tenants"
)

// query reads the filters of the list.
func (in *listConversationsInput) query(ctx context.Context) (conversations.ListQuery, error) {
	q := conversations.ListQuery{
		Cursor: in.Cursor, Limit: in.Limit, Unread: in.Unread, Status: conversations.Status(in.Status), Starred: in.Starred,
		Window: conversations.WindowFilter(in.Window), Sort: conversations.Sort(in.Sort),
	}
	if in.Sort == "newest" {
		q.Sort = conversations.SortNewest
	}
	var err error
	switch in.Assignee {
	case "":
	case "none":
		q.Assignee.Nobody = true
	case "me":
		p, _ := tenants.PrincipalFrom(ctx)
		q.Assignee.User = p.UserID
	default:
		if q.Assignee.User, err = tenants.ParseUserID(in.Assignee); err != nil {
			return q, invalidField("query.assignee", "expected me, none or a user_id")
		}
	}
	if in.Label != "" {
		if q.Label, err = labelID(in.Label); err != nil {
			return q, invalidField("query.label", "expected a label's id")
		}
	}
	return q, nil
}

// update changes one conversation.
func (h *inbox) update(ctx context.Context, in *updateConversationInput) (*conversationOutput, error) {
	id, err := conversationID(in.ConversationID)
	if err != nil {
		return nil, err
	}
	c, err := h.changed(ctx, in.Body.ConversationChange)
	if err != nil {
		return nil, err
	}
	if in.Body.ReadSeq != nil && in.Body.empty() { // the everyday one, which waits for nobody
		now, err := h.store.MarkRead(ctx, id, *in.Body.ReadSeq)
		if err != nil {
			return nil, err
		}
		return &conversationOutput{Body: h.shown.conversation(ctx, now)}, nil
	}
	c.ReadSeq = in.Body.ReadSeq
	all, err := h.store.Change(ctx, []conversations.ID{id}, c)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, conversations.ErrNotFound
	}
	return &conversationOutput{Body: h.shown.conversation(ctx, all[0])}, nil
}

// updateMany changes up to a hundred conversations at once, all or none. What is not there is left out of the answer.
func (h *inbox) updateMany(ctx context.Context, in *bulkInput) (*changedOutput, error) {
	var ids []conversations.ID
	for _, text := range in.Body.IDs {
		if id, err := conversationID(text); err == nil {
			ids = append(ids, id)
		}
	}
	c, err := h.changed(ctx, in.Body.Change)
	if err != nil {
		return nil, err
	}
	all, err := h.store.Change(ctx, ids, c)
	if err != nil {
		return nil, err
	}
	out := &changedOutput{Body: ChangedConversations{Items: make([]Conversation, len(all))}}
	for i, c := range all {
		out.Body.Items[i] = h.shown.conversation(ctx, c)
	}
	return out, nil
}

// changed reads a change, and checks that whoever asks for it may: what concerns others needs more than a note of one's own.
func (h *inbox) changed(ctx context.Context, in ConversationChange) (c conversations.Change, err error) {
	p, _ := tenants.PrincipalFrom(ctx)
	if in.touchesAll() && !p.Can(tenants.ConversationsTriage) {
		return c, errForbidden
	}
	c.Starred, c.Unread = in.Starred, in.Unread
	if in.Status != nil {
		status := conversations.Status(*in.Status)
		c.Status = &status
	}
	if in.SnoozedUntil != nil {
		c.SnoozedUntil = *in.SnoozedUntil
	}
	if in.AssigneeID != nil {
		if c.Assignee, err = h.assignee(ctx, *in.AssigneeID); err != nil {
			return c, err
		}
	}
	c.Label, err = labelIDs("body.add_labels", in.AddLabels)
	if err != nil {
		return c, err
	}
	c.Unlabel, err = labelIDs("body.remove_labels", in.RemoveLabels)
	return c, err
}

// assignee is a member who may answer.
func (h *inbox) assignee(ctx context.Context, text string) (*tenants.UserID, error) {
	var user tenants.UserID
	if text == "" {
		return &user, nil
	}
	bad := invalidField("body.assignee_id", "expected a member who may answer")
	user, err := tenants.ParseUserID(text)
	if err != nil {
		return nil, bad
	}
	answers, err := h.members.MayAnswer(ctx, user)
	if err != nil {
		return nil, err
	}
	if !answers {
		return nil, bad
	}
	return &user, nil
}

// views counts the views of the inbox.
func (h *inbox) views(ctx context.Context, _ *noInput) (*viewsOutput, error) {
	n, err := h.store.Counts(ctx)
	if err != nil {
		return nil, err
	}
	return &viewsOutput{Body: Views{
		Inbox: n.Inbox, Unread: n.Unread, Mine: n.Mine, Unassigned: n.Unassigned, ClosingSoon: n.ClosingSoon, Starred: n.Starred,
		Snoozed: n.Snoozed, Closed: n.Closed, Stop: conversations.CountsStop,
	}}, nil
}

func labelID(text string) (conversations.LabelID, error) {
	id, err := uuid.Parse(text)
	if err != nil || id == uuid.Nil || id.String() != text {
		return conversations.LabelID{}, conversations.ErrNoLabel
	}
	return conversations.LabelID{UUID: id}, nil
}

func labelIDs(location string, texts []string) ([]conversations.LabelID, error) {
	var ids []conversations.LabelID
	for _, text := range texts {
		id, err := labelID(text)
		if err != nil {
			return nil, invalidField(location, "expected ids of labels")
		}
		ids = append(ids, id)
	}
	return ids, nil
}

type updateConversationInput struct {
	ConversationInput
	Body ConversationUpdate
}

// ConversationUpdate is what can be changed of one conversation.
type ConversationUpdate struct {
	ReadSeq *int64 `json:"read_seq,omitempty" minimum:"0" doc:"The inbound_seq up to which the reader has seen it; never goes back"`
	ConversationChange
}

// ConversationChange is what can be changed of many. What is left out stays.
type ConversationChange struct {
	Status       *string    `json:"status,omitempty" enum:"open,snoozed,closed"`
	SnoozedUntil *time.Time `json:"snoozed_until,omitempty" doc:"With status snoozed; without it: until the participant writes"`
	AssigneeID   *string    `json:"assignee_id,omitempty" maxLength:"64" doc:"A member's user_id; empty: nobody"`
	Starred      *bool      `json:"starred,omitempty"`
	AddLabels    []string   `json:"add_labels,omitempty" maxItems:"20"`
	RemoveLabels []string   `json:"remove_labels,omitempty" maxItems:"20"`
	Unread       *bool      `json:"unread,omitempty" doc:"For the reader alone: true marks as unread, false as read to the end"`
}

func (c ConversationChange) touchesAll() bool {
	return c.Status != nil || c.SnoozedUntil != nil || c.AssigneeID != nil || c.Starred != nil || len(c.AddLabels)+len(c.RemoveLabels) > 0
}

func (c ConversationChange) empty() bool { return !c.touchesAll() && c.Unread == nil }

type bulkInput struct{ Body BulkUpdate }

// BulkUpdate is one change of many conversations.
type BulkUpdate struct {
	IDs    []string           `json:"ids" minItems:"1" maxItems:"100" nullable:"false"`
	Change ConversationChange `json:"change"`
}

type changedOutput struct{ Body ChangedConversations }

// ChangedConversations are the conversations as they are now, in the order in which they were named.
type ChangedConversations struct {
	Items []Conversation `json:"items" nullable:"false"`
}

type viewsOutput struct{ Body Views }

// Views says how much there is in each view of the inbox, for the reader.
type Views struct {
	Inbox       int64 `json:"inbox" doc:"Open conversations"`
	Unread      int64 `json:"unread" doc:"Of them, those that the reader has not read to the end"`
	Mine        int64 `json:"mine"`
	Unassigned  int64 `json:"unassigned"`
	ClosingSoon int64 `json:"closing_soon" doc:"The customer waits, and the window closes within four hours"`
	Starred     int64 `json:"starred"`
	Snoozed     int64 `json:"snoozed"`
	Closed      int64 `json:"closed"`
	Stop        int64 `json:"stop" doc:"A count of this much means: at least"`
}
