package auth

import (
	"errors"
	"strings"
)

// Code is the public name of a refusal: it is shown in addresses and problem documents and keeps its meaning.
type Code string

// Refusal is one member of the closed set below. Its text is safe to show to anybody.
type Refusal struct { //nolint:errname // the word of the domain; it is no fault
	code Code
	text string
}

// Error returns the text.
func (r *Refusal) Error() string { return r.text }

// Code returns the public code.
func (r *Refusal) Code() Code { return r.code }

func refusal(code Code, text string) *Refusal { return &Refusal{code: code, text: text} }

// What a sign-in may be refused for. Compare with errors.Is.
var (
	ErrDenied             = refusal("denied", "consent was not given")
	ErrStateInvalid       = refusal("state_invalid", "this sign-in was not begun in this browser, or was used already")
	ErrLoginExpired       = refusal("login_expired", "the sign-in took too long")
	ErrPersonalAccount    = refusal("personal_account", "not a professional Instagram account")
	ErrMissingPermission  = refusal("missing_permission", "permission to manage messages was not granted")
	ErrAccountNotAllowed  = refusal("account_not_allowed", "this account may not be used here")
	ErrAccountSuspended   = refusal("account_suspended", "the account is suspended")
	ErrWrongInstagram     = refusal("wrong_instagram_account", "this is another Instagram account than the one to connect again")
	ErrApprovalPending    = refusal("approval_pending", "the account waits for the operator's approval")
	ErrInvitationInvalid  = refusal("invitation_invalid", "this invitation is not valid: it was used, has expired or was taken back")
	ErrWrongPerson        = refusal("wrong_person", "somebody else has signed in than the one who is signed in here")
	ErrUpstream           = refusal("upstream_unavailable", "the provider cannot be reached")
	ErrLoginFailed        = refusal("login_failed", "the sign-in did not succeed")
	ErrProviderDisabled   = refusal("provider_disabled", "this way to sign in is not available")
	ErrInvalidCredentials = refusal("invalid_credentials", "wrong user name or password")
	ErrThrottled          = refusal("too_many_attempts", "too many tries: wait before the next one")
)

// ErrNoSession means that the cookie proves no live session (none, unknown, ended, expired, or a secret used before).
var ErrNoSession = refusal("no_session", "no session")

// The four refusals of a token, in the order in which they are decided.
var (
	ErrMissingToken   = refusal("missing_token", "missing session token")
	ErrInvalidToken   = refusal("invalid_token", "invalid session token")
	ErrSessionExpired = refusal("session_expired", "session expired")
	ErrTokenType      = refusal("invalid_token", "invalid token type")
)

// ErrNotReady means that the revocations are not loaded yet, so nobody can be admitted. It is no refusal: try again shortly.
var ErrNotReady = errors.New("revocations are not loaded yet")

// ErrInvalidKey means an API key that is malformed, unknown, wrong, expired or revoked, or whose account is suspended. All
// of these are the same to the caller.
var ErrInvalidKey = refusal("invalid_key", "invalid API key")

// failure is a Refusal with what the log may learn besides: a step, a short reason out of our own words, a cause.
type failure struct {
	is     *Refusal
	reason string
	cause  error
}

// Refuse returns an error that is the Refusal and tells the log why. The reason is a short word of our own such as
// "alg" or "state_cookie", never input; cause may be nil, and must hold neither secrets nor foreign text.
func Refuse(is *Refusal, reason string, cause error) error {
	return &failure{is: is, reason: reason, cause: cause}
}

// Error names the refusal, the reason and the cause; it is for the log, not for the caller.
func (f *failure) Error() string {
	parts := []string{f.is.text}
	if f.reason != "" {
		parts[0] += " (" + f.reason + ")"
	}
	if f.cause != nil {
		parts = append(parts, f.cause.Error())
	}
	return strings.Join(parts, ": ")
}

// Unwrap gives the refusal and the cause.
func (f *failure) Unwrap() []error {
	if f.cause == nil {
		return []error{f.is}
	}
	return []error{f.is, f.cause}
}

// RefusalOf returns the member of the closed set that err is, or nil when it is none: a fault of ours, which shows
// nothing but a request id.
func RefusalOf(err error) *Refusal {
	var r *Refusal
	if !errors.As(err, &r) {
		return nil
	}
	return r
}

// CodeOf returns the public code of err; what is no Refusal is login_failed.
func CodeOf(err error) Code {
	if r := RefusalOf(err); r != nil {
		return r.code
	}
	return ErrLoginFailed.code
}

// ReasonOf returns the short reason for log and metric, or "" when there is none.
func ReasonOf(err error) string {
	var f *failure
	if !errors.As(err, &f) {
		return ""
	}
	return f.reason
}
