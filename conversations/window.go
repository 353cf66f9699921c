package conversations

import "time"

// How long a business may answer a customer's last message; by a person with the human-agent permission, longer.
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

// Sender says who wants to answer: only what a person wrote may carry the human-agent tag.
type Sender string

// The senders.
const (
	SenderHuman   Sender = "human"
	SenderMachine Sender = "machine"
)

// Window is the reply window at one moment.
type Window struct {
	State    WindowState
	ClosesAt *time.Time // when this state ends; nil when closed
}

// WindowAt decides the reply window. lastAct is the customer's last message (nil: none yet); tagAllowed tells whether the account has the
// human-agent permission. A window ends at its very last moment: at ClosesAt it is over.
func WindowAt(now time.Time, lastAct *time.Time, sender Sender, tagAllowed bool) Window {
	if lastAct == nil {
		return Window{State: WindowClosed}
	}
	if end := lastAct.Add(ReplyWindow); now.Before(end) {
		return Window{State: WindowOpen, ClosesAt: &end}
	}
	if end := lastAct.Add(HumanAgentWindow); tagAllowed && sender == SenderHuman && now.Before(end) {
		return Window{State: WindowHumanAgent, ClosesAt: &end}
	}
	return Window{State: WindowClosed}
}
