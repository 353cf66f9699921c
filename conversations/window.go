package conversations

import "time"

// How long a business may answer a customer's last act; by a person with the human-agent permission, longer.
// Source: Instagram platform overview, read 2026-11-22.
const (
	ReplyWindow      = 24 * time.Hour
	HumanAgentWindow = 7 * 24 * time.Hour
)

// WindowState says who may answer now.
type WindowState string

// The states of a reply window.
const (
	WindowOpen       WindowState = "open"        // anybody, for any reason
	WindowHumanAgent WindowState = "human_agent" // a person, with the human-agent tag
	WindowClosed     WindowState = "closed"      // nobody, until the customer writes
)

// OpenedBy says which act of the customer opened the window last.
type OpenedBy string

// The acts that open a window. A reaction, a read mark and a referral do not.
const (
	OpenedByMessage      OpenedBy = "message"
	OpenedByStoryReply   OpenedBy = "story_reply"
	OpenedByStoryMention OpenedBy = "story_mention"
	OpenedByPostback     OpenedBy = "postback"
)

// WindowReason says why a window is as it is.
type WindowReason string

// The reasons.
const (
	ReasonCustomerWrote WindowReason = "customer_wrote"
	ReasonCustomerTap   WindowReason = "customer_tapped" // a button or an ice-breaker
	ReasonHumanAgent    WindowReason = "human_agent_possible"
	ReasonExpired       WindowReason = "expired"
	ReasonNeverWrote    WindowReason = "never_wrote"
)

// Sender says who wants to answer: only what a person wrote may carry the human-agent tag.
type Sender string

// The senders.
const (
	SenderHuman   Sender = "human"
	SenderMachine Sender = "machine"
)

// CustomerAct is the customer's last act that opens a window.
type CustomerAct struct {
	At time.Time
	By OpenedBy // empty counts as a message
}

// Window is the reply window at one moment.
type Window struct {
	State    WindowState
	ClosesAt *time.Time // when this state ends; nil when closed
	Reason   WindowReason
	OpenedBy OpenedBy // empty when the customer never wrote
}

// WindowAt decides the reply window. last is nil when the customer never wrote; tagAllowed tells whether the account has the human-agent
// permission and its owner confirmed it. A window ends at its very last moment: at ClosesAt it is over.
func WindowAt(now time.Time, last *CustomerAct, sender Sender, tagAllowed bool) Window {
	if last == nil {
		return Window{State: WindowClosed, Reason: ReasonNeverWrote}
	}
	w := Window{State: WindowClosed, Reason: ReasonExpired, OpenedBy: last.By}
	if w.OpenedBy == "" {
		w.OpenedBy = OpenedByMessage
	}
	if end := last.At.Add(ReplyWindow); now.Before(end) {
		w.State, w.ClosesAt, w.Reason = WindowOpen, &end, ReasonCustomerWrote
		if w.OpenedBy == OpenedByPostback {
			w.Reason = ReasonCustomerTap
		}
		return w
	}
	if end := last.At.Add(HumanAgentWindow); tagAllowed && sender == SenderHuman && now.Before(end) {
		w.State, w.ClosesAt, w.Reason = WindowHumanAgent, &end, ReasonHumanAgent
	}
	return w
}
