package conversations

import "errors"

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
)
