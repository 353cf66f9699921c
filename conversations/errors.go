package conversations

import (
	"errors"
	"fmt"
	"time"
)

// What the stores answer. Test with errors.Is.
var (
	// ErrNotFound: no such conversation in this account; another account's is the same.
	ErrNotFound = errors.New("conversation not found")
	// ErrBadCursor: a cursor that this listing did not give.
	ErrBadCursor = errors.New("cursor is not one of this list")
	// ErrReadBeyond: a reader cannot have read what has not come.
	ErrReadBeyond = errors.New("read_seq is above the newest message")
	// ErrNoReader: nobody in particular reads, as with an API key, so nothing can be marked as read.
	ErrNoReader = errors.New("only a signed-in person reads")
	// ErrEmptyReply: a reply needs a readable text or a file.
	ErrEmptyReply = errors.New("reply is empty")
	// ErrTextAndFile: Instagram takes a text or a file, not both in one message.
	ErrTextAndFile = errors.New("reply has a text and a file")
	// ErrNoUpload: no such upload in this account, or it is gone.
	ErrNoUpload = errors.New("upload not found")
	// ErrNotConnected: the account's connection to Instagram does not work; its owner must connect it again.
	ErrNotConnected = errors.New("account is not connected to Instagram")
	// ErrHumanAgentNeeded: only a person may answer now, and must say so.
	ErrHumanAgentNeeded = errors.New("only a person may answer now")
	// ErrClientIDUsed: the client id belongs to a reply in another conversation.
	ErrClientIDUsed = errors.New("client id was used in another conversation")
	// ErrBadEmoji: a reaction is one emoji.
	ErrBadEmoji = errors.New("not an emoji")
	// ErrNotPossible: the message is not in a state that allows it.
	ErrNotPossible = errors.New("not possible for this message")
	// ErrZone: a time zone is a name of the IANA database.
	ErrZone = errors.New("no such time zone")
	// ErrSpan: see NewSpan.
	ErrSpan = errors.New("not a span of at most 366 days")
	// ErrTooMuchToCount: the span holds more than MaxInsightsMessages messages.
	ErrTooMuchToCount = errors.New("too many messages to count at once")
)

// TextTooLongError reports a text above MaxTextBytes.
type TextTooLongError struct{ Bytes int }

// Error tells the count.
func (e *TextTooLongError) Error() string {
	return fmt.Sprintf("text has %d bytes; at most %d", e.Bytes, MaxTextBytes)
}

// WindowClosedError reports that Instagram does not let the account answer until the customer writes.
type WindowClosedError struct {
	Reason    WindowReason
	LastActAt *time.Time // nil: the customer never wrote
}

// Error names the reason.
func (e *WindowClosedError) Error() string { return "reply window is closed: " + string(e.Reason) }

// RefusedError reports that Instagram refused what was asked, in one word.
type RefusedError struct{ Fault ReplyFault }

// Error names the fault.
func (e *RefusedError) Error() string { return "Instagram refused: " + string(e.Fault) }
