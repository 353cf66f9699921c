package conversations

// AttemptState is how far one try to send a reply has come.
type AttemptState string

// The states of an attempt. One in sending is never sent again by anybody: whoever finds it so settles it.
const (
	AttemptQueued   AttemptState = "queued"
	AttemptSending  AttemptState = "sending"  // the call may be under way, or its process may have died
	AttemptSettling AttemptState = "settling" // no answer came; its traces are being looked for
	AttemptSent     AttemptState = "sent"
	AttemptFailed   AttemptState = "failed"
	AttemptUnknown  AttemptState = "unknown" // no trace, or more than one; a person decides
)

// ReplyFault says in one word why a reply was not sent. The zero value is no fault.
type ReplyFault string

// The words that are decided here; the others come from instagram.ReplyFault.
const (
	faultWindow   ReplyFault = "window_closed"
	faultNoFile   ReplyFault = "file_gone" // an upload is kept for two days
	faultChecking ReplyFault = "checking"  // of a reply in state unknown that is still being looked for
)

// BackfillCause says why an import was begun.
type BackfillCause string

// The causes.
const (
	CauseConnect   BackfillCause = "connect"
	CauseReconnect BackfillCause = "reconnect"
	CauseGap       BackfillCause = "gap" // found by the watchdog
)

// BackfillState is how an import stands.
type BackfillState string

// The states.
const (
	BackfillWaiting BackfillState = "waiting" // is not shown: one that is wanted and has not begun
	BackfillRunning BackfillState = "running"
	BackfillDone    BackfillState = "done"
	BackfillFailed  BackfillState = "failed"
)

type backfillPhase string

const (
	phaseList  backfillPhase = "list"  // find all conversations
	phasePages backfillPhase = "pages" // read them with their messages, several in a call
	phaseAgain backfillPhase = "again" // find those that moved to the front meanwhile
	phaseRest  backfillPhase = "rest"  // read what is left, one by one
)

type threadState string

const (
	threadOpen   threadState = "open"
	threadDone   threadState = "done"
	threadFailed threadState = "failed"
)
