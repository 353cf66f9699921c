package api

import (
	"context"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"parlor/auth"
	"parlor/conversations"
	"parlor/instagram"
	"parlor/tenants"
)

// connection shows how the account in the context is connected to Instagram, and lets its owner change that.
type connection struct {
	keeper  *instagram.Connections
	store   *conversations.Store
	ingest  *conversations.Ingest
	flow    *auth.Flow
	intents *intents
}

func (h *connection) show(ctx context.Context, _ *noInput) (*connectionOutput, error) {
	view, err := h.keeper.View(ctx)
	if err != nil {
		return nil, err
	}
	ledger, err := h.store.Ledger(ctx)
	if err != nil {
		return nil, err
	}
	backfill, err := h.store.Backfill(ctx)
	if err != nil {
		return nil, err
	}
	shown := newConnection(view)
	shown.Ledger, shown.Backfill = newLedger(ledger), newBackfill(backfill)
	_, disabled := h.flow.Registry().Lookup(auth.InstagramID)
	shown.CanReconnect = disabled == nil
	return &connectionOutput{Body: shown}, nil
}

// reconnect begins a sign-in at Instagram for the account of the token. The browser goes to the address by itself, with
// the flow's cookie that this answer sets.
func (h *connection) reconnect(ctx context.Context, in *beginInput) (*beginOutput, error) {
	who, _ := tenants.PrincipalFrom(ctx)
	return h.intents.begin(ctx, auth.BeginRequest{
		Provider: auth.InstagramID, Intent: auth.IntentReconnect, By: who, ReturnTo: in.returnTo(), FlowCookies: h.intents.doors.flowCookiesOf(in.cookies),
	})
}

func (h *connection) disconnect(ctx context.Context, _ *noInput) (*struct{}, error) {
	return nil, h.keeper.Disconnect(ctx, instagram.DisconnectedByOwner)
}

func (h *connection) update(ctx context.Context, in *updateConnectionInput) (*connectionOutput, error) {
	if err := h.keeper.ConfirmHumanAgent(ctx, in.Body.HumanAgent); err != nil {
		return nil, err
	}
	return h.show(ctx, &noInput{})
}

func (h *connection) events(ctx context.Context, in *listEventsInput) (*eventPageOutput, error) {
	found, err := h.store.Events(ctx, conversations.EventQuery{
		Outcome: conversations.Outcome(in.Outcome), Cursor: in.Cursor, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	out := &eventPageOutput{Body: LedgerEventPage{Items: make([]LedgerEvent, len(found.Items)), NextCursor: optional(found.Next)}}
	for i, e := range found.Items {
		out.Body.Items[i] = newLedgerEvent(e)
	}
	return out, nil
}

// replay applies an event again that failed or could not be shown when it came.
func (h *connection) replay(ctx context.Context, in *eventInput) (*eventOutput, error) {
	delivery, item, err := eventID(in.EventID)
	if err != nil {
		return nil, err
	}
	e, err := h.ingest.Replay(ctx, delivery, item)
	if err != nil {
		return nil, err
	}
	return &eventOutput{Body: newLedgerEvent(e)}, nil
}

// eventID reads "<delivery id>.<item number>" in its one spelling. What is no id is an id that does not exist.
func eventID(text string) (delivery uuid.UUID, item int, err error) {
	head, tail, _ := strings.Cut(text, ".")
	delivery, idErr := uuid.Parse(head)
	item, noErr := strconv.Atoi(tail)
	if idErr != nil || noErr != nil || item < 0 || (conversations.Event{DeliveryID: delivery, ItemNo: item}).ID() != text {
		return uuid.Nil, 0, conversations.ErrNotFound
	}
	return delivery, item, nil
}

type connectionOutput struct{ Body Connection }

type updateConnectionInput struct{ Body ConnectionUpdate }

type listEventsInput struct {
	PageInput
	Outcome string `query:"outcome" enum:"pending,applied,skipped,failed" doc:"Only events that ended so"`
}

type eventInput struct {
	EventID string `path:"event_id"`
}

type eventPageOutput struct{ Body LedgerEventPage }

type eventOutput struct{ Body LedgerEvent }
