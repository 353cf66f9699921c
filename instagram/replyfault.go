package instagram

import (
	"errors"
	"slices"
)

// The words of ReplyFault: why a reply was not sent. They are a closed set; the app has a sentence for each.
const (
	FaultWordWindow     = "window_closed"
	FaultWordTag        = "human_agent_not_allowed"
	FaultWordRecipient  = "recipient_unavailable"
	FaultWordConnection = "not_connected"
	FaultWordPermission = "permission_missing"
	FaultWordRate       = "rate_limited"
	FaultWordBlocked    = "blocked"
	FaultWordSize       = "too_large"
	FaultWordMedia      = "media_refused"
	FaultWordRejected   = "rejected"
	FaultWordTemporary  = "temporary"
)

// humanAgentSubcode: the app lacks the human-agent permission. Source: Instagram platform overview, read 2026-11-22.
const humanAgentSubcode = 2018276

// mediaSubcodes: Instagram could not fetch the attachment, or does not take its type or size. Source: Messenger Platform error codes, read
// 2026-11-22.
var mediaSubcodes = []int{2018047, 2018007, 2018008, 2534036}

// sizeSubcodes: the text or the attachment is over a limit. Source: Messenger Platform error codes, read 2026-11-22.
var sizeSubcodes = []int{2018034, 2018109}

// ReplyFault says in one word why a reply was not sent, by code and subcode alone.
func ReplyFault(err error) string {
	api, ok := errors.AsType[*APIError](err)
	switch {
	case errors.Is(err, ErrNotConnected), errors.Is(err, ErrNoConnection), errors.Is(err, ErrUnsealable):
		return FaultWordConnection
	case ok && api.Subcode == humanAgentSubcode:
		return FaultWordTag
	case ok && slices.Contains(sizeSubcodes, api.Subcode):
		return FaultWordSize
	case ok && slices.Contains(mediaSubcodes, api.Subcode):
		return FaultWordMedia
	}
	switch FaultOf(err) {
	case FaultReconnect:
		return FaultWordConnection
	case FaultWindow:
		return FaultWordWindow
	case FaultRecipient:
		return FaultWordRecipient
	case FaultPermission:
		return FaultWordPermission
	case FaultRate:
		return FaultWordRate
	case FaultBlocked:
		return FaultWordBlocked
	case FaultTransient, FaultNone:
		return FaultWordTemporary
	}
	return FaultWordRejected
}
