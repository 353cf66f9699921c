package api

import (
	"math"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"parlor/conversations"
	"parlor/instagram"
)

// Connection is how the account is connected to Instagram, and what has come of everything that it sent.
type Connection struct {
	Status             string     `json:"status" enum:"connecting,active,needs_reconnect,disconnected,suspended"`
	StatusReason       string     `json:"status_reason" doc:"One word of a closed set; empty when all is well"`
	StatusAt           time.Time  `json:"status_at"`
	InstagramUserID    string     `json:"instagram_user_id"`
	Username           string     `json:"username"`
	ExpiresAt          *time.Time `json:"expires_at" doc:"When the permission runs out unless it is renewed, which happens by itself; null without one"`
	DaysLeft           *int       `json:"days_left" doc:"Whole days until then"`
	Alarm              int        `json:"alarm" enum:"0,14,7,2" doc:"Not 0: renewing does not succeed, and at most so many days are left"`
	Permissions        []string   `json:"permissions" nullable:"false"`
	MissingPermissions []string   `json:"missing_permissions" nullable:"false"`
	SubscribedFields   []string   `json:"subscribed_fields" nullable:"false"`
	Subscribed         bool       `json:"subscribed" doc:"Instagram delivers messages"`
	LastWebhookAt      *time.Time `json:"last_webhook_at"`
	RefreshedAt        *time.Time `json:"refreshed_at"`
	RefreshFault       string     `json:"refresh_fault" doc:"Why the last renewal failed; empty when it did not"`
	ProvedAt           *time.Time `json:"proved_at" doc:"When a call last proved that the connection works"`
	ProofFault         string     `json:"proof_fault" doc:"Why the last proof failed; empty when it did not"`
	HumanAgent         HumanAgent `json:"human_agent"`
	CanReconnect       bool       `json:"can_reconnect" doc:"Signing in with Instagram is switched on"`
	Ledger             Ledger     `json:"ledger"`
	Backfill           *Backfill  `json:"backfill"`
}

// TransformSchema completes the description; huma asks for it.
func (Connection) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return orNull(s, "backfill")
}

// HumanAgent says whether people may answer for seven days.
type HumanAgent struct {
	Allowed   bool `json:"allowed" doc:"Instagram has approved it for this installation"`
	Confirmed bool `json:"confirmed" doc:"The owner has confirmed that people answer"`
}

// Ledger counts everything that was received: received = applied + skipped + pending + failed.
type Ledger struct {
	Received int64 `json:"received"`
	Applied  int64 `json:"applied"`
	Skipped  int64 `json:"skipped"`
	Pending  int64 `json:"pending"`
	Failed   int64 `json:"failed"`
}

// Backfill is how far the newest import is.
type Backfill struct {
	State              string     `json:"state" enum:"none,running,done,failed"`
	Cause              string     `json:"cause" enum:"connect,reconnect,gap"`
	Phase              string     `json:"phase" enum:"list,read" doc:"While it lists, conversations_total grows"`
	ConversationsSeen  int        `json:"conversations_seen"`
	ConversationsTotal int        `json:"conversations_total"`
	Messages           int        `json:"messages"`
	Recovered          int        `json:"recovered" doc:"Of these, messages that Instagram should have delivered"`
	RatePerSecond      float64    `json:"rate_per_second" doc:"Conversations"`
	SecondsLeft        *int       `json:"seconds_left"`
	StartedAt          time.Time  `json:"started_at"`
	FinishedAt         *time.Time `json:"finished_at"`
	Fault              string     `json:"fault"`
}

// Location is where the browser must go.
type Location struct {
	Location string `json:"location" format:"uri"`
}

// ConnectionUpdate is what can be changed of a connection.
type ConnectionUpdate struct {
	HumanAgent bool `json:"human_agent" doc:"People answer, so the human-agent tag may be used"`
}

// LedgerEvent is one item that Instagram delivered, and what became of it.
type LedgerEvent struct {
	ID         string     `json:"id"`
	Kind       string     `json:"kind" doc:"Empty when it could not be read"`
	Outcome    string     `json:"outcome" enum:"pending,applied,skipped,failed"`
	Reason     string     `json:"reason"`
	At         *time.Time `json:"at" doc:"Instagram's time"`
	ReceivedAt time.Time  `json:"received_at"`
	SettledAt  *time.Time `json:"settled_at"`
	Replayable bool       `json:"replayable"`
}

// LedgerEventPage is a page of the ledger, the newest first.
type LedgerEventPage struct {
	Items      []LedgerEvent `json:"items" nullable:"false"`
	NextCursor *string       `json:"next_cursor"`
}

func newConnection(v instagram.ConnectionView) Connection {
	return Connection{
		Status: string(v.Status), StatusReason: v.StatusReason, StatusAt: v.StatusAt,
		InstagramUserID: v.InstagramUserID, Username: v.Username,
		ExpiresAt: v.ExpiresAt, DaysLeft: v.DaysLeft, Alarm: v.Alarm,
		Permissions: list(v.Permissions), MissingPermissions: list(v.MissingPermissions), SubscribedFields: list(v.Fields),
		Subscribed: v.Subscribed, LastWebhookAt: v.LastWebhookAt,
		RefreshedAt: v.RefreshedAt, RefreshFault: v.RefreshFault, ProvedAt: v.ProvedAt, ProofFault: v.ProofFault,
		HumanAgent: HumanAgent{Allowed: v.HumanAgentAllowed, Confirmed: v.HumanAgentConfirmed},
	}
}

// list is never null.
func list(of []string) []string { return append([]string{}, of...) }

func newLedger(l conversations.Ledger) Ledger {
	return Ledger{Received: l.Received, Applied: l.Applied, Skipped: l.Skipped, Pending: l.Pending, Failed: l.Failed}
}

func newBackfill(p *conversations.BackfillProgress) *Backfill {
	if p == nil {
		return nil
	}
	b := &Backfill{
		State: string(p.State), Cause: string(p.Cause), Phase: "read", ConversationsSeen: p.Seen, ConversationsTotal: p.Total,
		Messages: p.Messages, Recovered: p.Recovered, RatePerSecond: math.Round(p.PerSecond*100) / 100,
		StartedAt: p.StartedAt, FinishedAt: p.FinishedAt, Fault: p.Fault,
	}
	if p.Listing {
		b.Phase = "list"
	}
	if p.Left > 0 {
		b.SecondsLeft = new(seconds(p.Left))
	}
	return b
}

func newLedgerEvent(e conversations.Event) LedgerEvent {
	return LedgerEvent{
		ID: e.ID(), Kind: e.Kind, Outcome: string(e.Outcome), Reason: e.Reason,
		At: e.At, ReceivedAt: e.ReceivedAt, SettledAt: e.SettledAt, Replayable: e.Replayable,
	}
}
