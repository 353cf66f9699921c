package api

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	"parlor/auth"
	"parlor/conversations"
	"parlor/conversations/media"
	"parlor/conversations/push"
	"parlor/instagram"
	"parlor/tenants"
)

// domainProblems says which document each error of the domain becomes. The first row that fits is taken.
var domainProblems = []struct {
	is      error
	problem Problem
}{
	{auth.ErrMissingToken, errMissingToken},
	{auth.ErrInvalidToken, errInvalidToken},
	{auth.ErrSessionExpired, errSessionExpired},
	{auth.ErrTokenType, errTokenType},
	{auth.ErrInvalidKey, errInvalidKey},
	{auth.ErrNoSession, errNoSession},
	{auth.ErrInvalidCredentials, errCredentials},
	{auth.ErrThrottled, errThrottled},
	{auth.ErrBreakGlass, signInProblem(http.StatusNotFound, auth.ErrBreakGlass)},
	{auth.ErrDenied, signInProblem(http.StatusForbidden, auth.ErrDenied)},
	{auth.ErrStateInvalid, signInProblem(http.StatusBadRequest, auth.ErrStateInvalid)},
	{auth.ErrLoginExpired, signInProblem(http.StatusBadRequest, auth.ErrLoginExpired)},
	{auth.ErrPersonalAccount, signInProblem(http.StatusForbidden, auth.ErrPersonalAccount)},
	{auth.ErrMissingPermission, signInProblem(http.StatusForbidden, auth.ErrMissingPermission)},
	{auth.ErrAccountNotAllowed, signInProblem(http.StatusForbidden, auth.ErrAccountNotAllowed)},
	{auth.ErrAccountSuspended, signInProblem(http.StatusForbidden, auth.ErrAccountSuspended)},
	{auth.ErrWrongInstagram, signInProblem(http.StatusForbidden, auth.ErrWrongInstagram)},
	{auth.ErrUpstream, signInProblem(http.StatusBadGateway, auth.ErrUpstream)},
	{auth.ErrLoginFailed, signInProblem(http.StatusBadRequest, auth.ErrLoginFailed)},
	{auth.ErrProviderDisabled, signInProblem(http.StatusNotFound, auth.ErrProviderDisabled)},

	{auth.ErrInvitationInvalid, errInvitation},
	{auth.ErrApprovalPending, signInProblem(http.StatusForbidden, auth.ErrApprovalPending)},
	{auth.ErrWrongPerson, signInProblem(http.StatusForbidden, auth.ErrWrongPerson)},
	{auth.ErrSupportDisabled, errSupportDisabled},
	{auth.ErrSupportChained, errForbidden},
	{auth.ErrSupportReason, invalidField("body.reason", "expected 10 to 500 characters")},
	{auth.ErrSupportMinutes, invalidField("body.minutes", "expected 5 to 60")},
	{auth.ErrKeyName, invalidField("body.name", "expected 1 to 100 printable characters")},
	{auth.ErrKeyScopes, invalidField("body.scopes", "expected scopes that keys may carry, each once")},
	{auth.ErrKeyExpiry, invalidField("body.expires_at", "expected a time to come")},
	{auth.ErrKeyOverlap, invalidField("body.overlap_hours", "expected 0 to 168")},
	{auth.ErrTooManyKeys, errTooMany},
	{tenants.ErrTooManyInvitations, errTooMany},
	{tenants.ErrNotAllowed, errForbidden},
	{tenants.ErrOwnPowers, errNotNow},
	{tenants.ErrNotNow, errNotNow},
	{tenants.ErrConflict, errNotNow},
	{tenants.ErrLastOwner, errLastOwner},
	{tenants.ErrNotFound, errNotFound},
	{conversations.ErrNotFound, errNotFound},
	{conversations.ErrBadCursor, invalidField("query.cursor", "expected the next_cursor of this list")},
	{conversations.ErrEmptyQuery, invalidField("query.q", "expected at least one letter, number or sign")},
	{conversations.ErrBadChange, invalidField("body", "expected a change that does not contradict itself")},
	{conversations.ErrSnoozeTime, invalidField("body.snoozed_until", "expected a time within the next 366 days")},
	{conversations.ErrTooManySets, invalidField("body", "expected at most 20 labels and 100 conversations")},
	{conversations.ErrNoLabel, errNotFound},
	{conversations.ErrLabelName, invalidField("body.name", "expected 1 to 40 printable characters")},
	{conversations.ErrLabelColour, invalidField("body.colour", "expected one of the colours that labels have")},
	{conversations.ErrLabelTaken, errLabelTaken},
	{conversations.ErrTooManyLabels, errTooMany},
	{conversations.ErrZone, invalidField("query.zone", "expected a time zone's name, for example Europe/Berlin")},
	{conversations.ErrSpan, invalidField("query.to", "expected two days, at most 366 days apart, the earlier one first")},
	{conversations.ErrTooMuchToCount, errTooMuchToCount},
	{conversations.ErrNoNote, errNotFound},
	{conversations.ErrNotYours, errForbidden},
	{conversations.ErrNoteText, invalidField("body.text", "expected 1 to 2000 characters")},
	{conversations.ErrTooManyNotes, errTooMany},
	{conversations.ErrDraft, invalidField("body.text", "expected at most 4000 characters")},
	{conversations.ErrTooManyDrafts, errTooMany},
	{conversations.ErrNoSavedReply, errNotFound},
	{conversations.ErrSavedReplyName, invalidField("body.name", "expected 1 to 40 printable characters")},
	{conversations.ErrSavedReplyText, invalidField("body.text", "expected 1 to 1000 bytes")},
	{conversations.ErrSavedReplyTaken, errReplyNameTaken},
	{conversations.ErrTooManySavedReplies, errTooMany},
	{conversations.ErrReadBeyond, invalidField("body.read_seq", "expected at most the conversation's inbound_seq")},
	{conversations.ErrNoReader, errForbidden},
	{conversations.ErrEmptyReply, invalidField("body.text", "expected a text or an attachment")},
	{conversations.ErrBadEmoji, invalidField("body.emoji", "expected one emoji")},
	{conversations.ErrTextAndFile, invalidField("body.attachment", "expected a text or an attachment, not both")},
	{conversations.ErrNoUpload, invalidField("body.attachment.upload_id", "expected the id of an upload that is still there")},
	{conversations.ErrNotConnected, errNotConnected},
	{conversations.ErrHumanAgentNeeded, errHumanAgentNeeded},
	{conversations.ErrClientIDUsed, errClientIDUsed},
	{conversations.ErrNotPossible, errNotPossible},

	{push.ErrOff, errPushOff},
	{push.ErrNoDevice, errForbidden},
	{push.ErrEndpoint, invalidField("body.endpoint", "expected the https address of a push service")},
	{push.ErrKeys, invalidField("body", "expected the keys of the browser's subscription")},
	{push.ErrQuiet, invalidField("body.quiet", "expected minutes after midnight, and a time zone's name")},

	{media.ErrTicket, errTicket},
	{media.ErrTicketExpired, errTicketExpired},
	{media.ErrNotFound, errNotFound},
	{media.ErrExpired, errMediaExpired},
	{media.ErrRefused, errMediaRefused},
	{media.ErrTooLarge, errMediaTooLarge},
	{media.ErrUpstream, errMediaUnavailable},
	{media.ErrSpan, errMediaRange},
	{media.ErrBusy, errMediaBusy},
	{media.ErrNoStore, errNoStore},
	{media.ErrUploadType, errUploadType},
	{media.ErrUploadEmpty, errUploadEmpty},
	{media.ErrUploadQuota, errUploadQuota},
	{media.ErrUploadBroken, errUnreadable},

	{instagram.ErrHumanAgentNotAllowed, errHumanAgentNotAllowed},
	{instagram.ErrNoConnection, errNotConnected},
	{instagram.ErrNotConnected, errNotConnected},
	{instagram.ErrSignature, errSignature},
	{instagram.ErrNoWebhookSecret, errSignature},
	{instagram.ErrSignedRequest, errSignature},
	{instagram.ErrChallenge, errChallenge},
}

// signInProblem words a refusal of a sign-in. Its text is one of ours, never the provider's.
func signInProblem(status int, r *auth.Refusal) Problem {
	return newProblem(status, string(r.Code()), "Sign-in refused", r.Error())
}

// unavailable reports whether the database is away or too busy: worth another try.
func unavailable(err error) bool {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	answered, ok := errors.AsType[sqlError](err)
	return ok && slices.ContainsFunc(awayClasses, func(class string) bool { return strings.HasPrefix(answered.SQLState(), class) })
}

// sqlError is what the database answered; all that is asked of it here is the class of its code.
type sqlError interface {
	error
	SQLState() string
}

// awayClasses are the SQLSTATE classes of a server that cannot work just now: connection exception, insufficient
// resources, operator intervention (PostgreSQL, appendix A).
var awayClasses = []string{"08", "53", "57"}
