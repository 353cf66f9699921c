package instagram

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// What the client answers when no APIError tells more. Test with errors.Is.
var (
	// ErrUnreachable: no usable answer came: network fault, timeout, a refused redirect, a broken body.
	ErrUnreachable = errors.New("instagram cannot be reached")
	// ErrBadAnswer: Instagram answered 2xx with something that cannot be used: no JSON, too large, an empty token or id.
	ErrBadAnswer = errors.New("instagram answered something unusable")
)

// What a grant may lack. Test with errors.Is.
var (
	// ErrPersonalAccount: the account is not a professional one; the API cannot serve it.
	ErrPersonalAccount = errors.New("not a professional Instagram account")
	// ErrNoMessagePermission: the person did not grant instagram_business_manage_messages.
	ErrNoMessagePermission = errors.New("permission to manage messages was not granted")
	// ErrNotSubscribed: Instagram accepted the subscription but does not list the field messages.
	ErrNotSubscribed = errors.New("subscription to messages is missing")
	// ErrWrongAccount: the token belongs to another Instagram account than the one expected.
	ErrWrongAccount = errors.New("token belongs to another Instagram account")
	// ErrNoConnection: the account has no stored token.
	ErrNoConnection = errors.New("account has no stored token")
	// ErrNotConnected: the account is neither active nor connecting; nothing is called until it is connected again.
	ErrNotConnected = errors.New("account is not connected")
)

// ErrNoTurn reports that the caller's time was over before the account's turn to call came. Nothing was sent.
var ErrNoTurn = errors.New("the account's turn to call did not come in time")

// Fault says what a caller should do about an error answer.
type Fault string

// The faults; FaultNone is no fault of Instagram's.
const (
	FaultNone       Fault = ""
	FaultReconnect  Fault = "reconnect"  // the token is dead: stop the account's jobs, ask the owner to sign in again
	FaultPermission Fault = "permission" // the token lives, but a permission or an access level is missing
	FaultWindow     Fault = "window"     // outside the messaging window; the token is fine
	FaultRecipient  Fault = "recipient"  // this person cannot be reached or looked up
	FaultRate       Fault = "rate"       // stop calling, wait
	FaultBlocked    Fault = "blocked"    // temporarily blocked for policy: stop sending, tell the owner
	FaultTransient  Fault = "transient"  // try again, a bounded number of times
	FaultPermanent  Fault = "permanent"  // the request is wrong; the same again fails again
)

// APIError is an error answer of Instagram. It carries neither its text, which is written in the account's language and
// may quote what was sent, nor a URL: classification uses code and subcode alone.
// Sources: Graph API error handling guide; Instagram platform error codes, read 2026-11-22.
type APIError struct {
	Operation  string        // what was being done, such as "exchange code"
	HTTPStatus int           // unreliable: 190 comes as 400 and as 401
	Code       int           // 0 when the answer had none
	Subcode    int           // 0 when the answer had none
	Transient  *bool         // is_transient, when the answer said so
	RetryAfter time.Duration // from the Retry-After header; 0 when absent
	TraceID    string        // fbtrace_id, for a report to Meta; may be empty
}

// Error names the operation and the numbers.
func (e *APIError) Error() string {
	return fmt.Sprintf("instagram: %s: status %d, code %d, subcode %d", e.Operation, e.HTTPStatus, e.Code, e.Subcode)
}

var (
	windowSubcodes    = []int{2534022, 2018278}
	recipientSubcodes = []int{2534014, 2018001, 1545041}
	rateCodes         = []int{4, 17, 32, 341, 613}
	transientSubcodes = []int{1545133, 2018344}
)

// Fault classifies the error by code and subcode; the HTTP status counts only where there is no code.
func (e *APIError) Fault() Fault {
	switch {
	case e.Code == 190, e.Code == 102:
		return FaultReconnect
	case slices.Contains(windowSubcodes, e.Subcode):
		return FaultWindow
	case slices.Contains(recipientSubcodes, e.Subcode), e.Code == 551, e.Code == 230, e.Code == 9010:
		return FaultRecipient
	case slices.Contains(rateCodes, e.Code), e.Code >= 80000 && e.Code <= 80014:
		return FaultRate
	case e.Code == 368, e.Code == 10 && e.Subcode == 1893063:
		return FaultBlocked
	case e.Code == 3, e.Code == 10, e.Code >= 200 && e.Code <= 299:
		return FaultPermission
	}
	return e.leftover()
}

// leftover decides where no code is decisive by itself.
func (e *APIError) leftover() Fault {
	switch {
	case e.Transient != nil && *e.Transient:
		return FaultTransient
	case e.Transient != nil:
		return FaultPermanent
	case slices.Contains([]int{1, 2, -1, -2}, e.Code), slices.Contains(transientSubcodes, e.Subcode):
		return FaultTransient
	case e.Code == 0 && e.HTTPStatus == http.StatusTooManyRequests:
		return FaultRate
	case e.HTTPStatus >= http.StatusInternalServerError:
		return FaultTransient
	}
	return FaultPermanent
}

// FaultOf returns the fault of the APIError in err's chain; a fault of the network, an unusable answer
// and a turn that did not come are transient; anything else, nil too, is FaultNone.
func FaultOf(err error) Fault {
	var api *APIError
	switch {
	case errors.As(err, &api):
		return api.Fault()
	case errors.Is(err, ErrUnreachable), errors.Is(err, ErrBadAnswer), errors.Is(err, ErrNoTurn):
		return FaultTransient
	}
	return FaultNone
}
