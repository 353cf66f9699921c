package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"parlor/api"
	"parlor/auth"
	"parlor/conversations"
	"parlor/conversations/media"
	"parlor/conversations/push"
	"parlor/instagram"
	"parlor/tenants"
)

// problems is what each error of the domain must become. A row that is missing here fails the test.
var problems = []struct {
	err    error
	status int
	code   string
	title  string
}{
	{auth.ErrMissingToken, 401, "missing_token", "Missing session token"},
	{auth.ErrInvalidToken, 401, "invalid_token", "Invalid session token"},
	{auth.ErrSessionExpired, 401, "session_expired", "Session expired"},
	{auth.ErrTokenType, 401, "invalid_token", "Invalid token type"},
	{auth.ErrInvalidKey, 401, "invalid_key", "Invalid API key"},
	{auth.ErrNoSession, 401, "no_session", "Sign in"},
	{auth.ErrInvalidCredentials, 401, "invalid_credentials", "Wrong user name or password"},
	{auth.ErrThrottled, 429, "too_many_attempts", "Too many attempts"},
	{auth.ErrDenied, 403, "denied", "Sign-in refused"},
	{auth.ErrStateInvalid, 400, "state_invalid", "Sign-in refused"},
	{auth.ErrLoginExpired, 400, "login_expired", "Sign-in refused"},
	{auth.ErrPersonalAccount, 403, "personal_account", "Sign-in refused"},
	{auth.ErrMissingPermission, 403, "missing_permission", "Sign-in refused"},
	{auth.ErrAccountNotAllowed, 403, "account_not_allowed", "Sign-in refused"},
	{auth.ErrAccountSuspended, 403, "account_suspended", "Sign-in refused"},
	{auth.ErrWrongInstagram, 403, "wrong_instagram_account", "Sign-in refused"},
	{instagram.ErrHumanAgentNotAllowed, 409, "human_agent_not_allowed", "Not approved by Instagram"},
	{instagram.ErrNoConnection, 409, "not_connected", "Not connected to Instagram"},
	{instagram.ErrNotConnected, 409, "not_connected", "Not connected to Instagram"},
	{auth.ErrUpstream, 502, "upstream_unavailable", "Sign-in refused"},
	{auth.ErrLoginFailed, 400, "login_failed", "Sign-in refused"},
	{auth.ErrProviderDisabled, 404, "provider_disabled", "Sign-in refused"},
	{tenants.ErrNotFound, 404, "not_found", "Not found"},
	{conversations.ErrNotFound, 404, "not_found", "Not found"},
	{conversations.ErrEmptyQuery, 422, "validation_failed", "Validation failed"},
	{conversations.ErrBadCursor, 422, "validation_failed", "Validation failed"},
	{conversations.ErrReadBeyond, 422, "validation_failed", "Validation failed"},
	{conversations.ErrBadChange, 422, "validation_failed", "Validation failed"},
	{conversations.ErrSnoozeTime, 422, "validation_failed", "Validation failed"},
	{conversations.ErrTooManySets, 422, "validation_failed", "Validation failed"},
	{conversations.ErrZone, 422, "validation_failed", "Validation failed"},
	{conversations.ErrSpan, 422, "validation_failed", "Validation failed"},
	{conversations.ErrTooMuchToCount, 422, "range_too_large", "Too much to count"},
	{conversations.ErrNoLabel, 404, "not_found", "Not found"},
	{conversations.ErrLabelName, 422, "validation_failed", "Validation failed"},
	{conversations.ErrLabelColour, 422, "validation_failed", "Validation failed"},
	{conversations.ErrLabelTaken, 409, "label_taken", "Name already used"},
	{conversations.ErrTooManyLabels, 409, "too_many", "Too many"},
	{conversations.ErrNoNote, 404, "not_found", "Not found"},
	{conversations.ErrNotYours, 403, "forbidden", "Not allowed"},
	{conversations.ErrNoteText, 422, "validation_failed", "Validation failed"},
	{conversations.ErrTooManyNotes, 409, "too_many", "Too many"},
	{conversations.ErrDraft, 422, "validation_failed", "Validation failed"},
	{conversations.ErrTooManyDrafts, 409, "too_many", "Too many"},
	{conversations.ErrNoSavedReply, 404, "not_found", "Not found"},
	{conversations.ErrSavedReplyName, 422, "validation_failed", "Validation failed"},
	{conversations.ErrSavedReplyText, 422, "validation_failed", "Validation failed"},
	{conversations.ErrSavedReplyTaken, 409, "saved_reply_taken", "Name already used"},
	{conversations.ErrTooManySavedReplies, 409, "too_many", "Too many"},
	{conversations.ErrNoReader, 403, "forbidden", "Not allowed"},
	{conversations.ErrEmptyReply, 422, "validation_failed", "Validation failed"},
	{conversations.ErrBadEmoji, 422, "validation_failed", "Validation failed"},
	{conversations.ErrTextAndFile, 422, "validation_failed", "Validation failed"},
	{conversations.ErrNoUpload, 422, "validation_failed", "Validation failed"},
	{conversations.ErrNotConnected, 409, "not_connected", "Not connected to Instagram"},
	{conversations.ErrHumanAgentNeeded, 409, "human_agent_required", "Only a person may answer now"},
	{conversations.ErrClientIDUsed, 409, "client_id_used", "Client id already used"},
	{auth.ErrBreakGlass, 404, "link_invalid", "Sign-in refused"},
	{auth.ErrInvitationInvalid, 404, "invitation_invalid", "Invitation not valid"},
	{auth.ErrApprovalPending, 403, "approval_pending", "Sign-in refused"},
	{auth.ErrWrongPerson, 403, "wrong_person", "Sign-in refused"},
	{auth.ErrSupportDisabled, 403, "support_disabled", "Support access is switched off"},
	{auth.ErrSupportChained, 403, "forbidden", "Not allowed"},
	{auth.ErrSupportReason, 422, "validation_failed", "Validation failed"},
	{auth.ErrSupportMinutes, 422, "validation_failed", "Validation failed"},
	{auth.ErrKeyName, 422, "validation_failed", "Validation failed"},
	{auth.ErrKeyScopes, 422, "validation_failed", "Validation failed"},
	{auth.ErrKeyExpiry, 422, "validation_failed", "Validation failed"},
	{auth.ErrKeyOverlap, 422, "validation_failed", "Validation failed"},
	{auth.ErrTooManyKeys, 409, "too_many", "Too many"},
	{tenants.ErrTooManyInvitations, 409, "too_many", "Too many"},
	{tenants.ErrNotAllowed, 403, "forbidden", "Not allowed"},
	{tenants.ErrLastOwner, 409, "last_owner", "The last owner"},
	{tenants.ErrOwnPowers, 409, "not_possible", "Not possible now"},
	{tenants.ErrNotNow, 409, "not_possible", "Not possible now"},
	{tenants.ErrConflict, 409, "not_possible", "Not possible now"},
	{conversations.ErrNotPossible, 409, "not_possible", "Not possible now"},
	{push.ErrOff, 409, "push_off", "Push is switched off"},
	{push.ErrNoDevice, 403, "forbidden", "Not allowed"},
	{push.ErrEndpoint, 422, "validation_failed", "Validation failed"},
	{push.ErrKeys, 422, "validation_failed", "Validation failed"},
	{push.ErrQuiet, 422, "validation_failed", "Validation failed"},

	{media.ErrTicket, 403, "invalid_ticket", "Invalid ticket"},
	{media.ErrTicketExpired, 403, "ticket_expired", "Ticket expired"},
	{media.ErrNotFound, 404, "not_found", "Not found"},
	{media.ErrExpired, 410, "media_expired", "No longer available"},
	{media.ErrRefused, 502, "media_refused", "Address refused"},
	{media.ErrTooLarge, 502, "media_too_large", "Too large"},
	{media.ErrUpstream, 502, "media_unavailable", "Not available now"},
	{media.ErrSpan, 416, "range_not_satisfiable", "No such part"},
	{media.ErrBusy, 503, "media_busy", "Too many files at once"},
	{media.ErrNoStore, 503, "no_blob_store", "Files cannot be sent"},
	{media.ErrUploadType, 415, "upload_type", "Kind of file not supported"},
	{media.ErrUploadEmpty, 422, "upload_empty", "Empty file"},
	{media.ErrUploadQuota, 429, "upload_quota", "No room for more files"},
	{media.ErrUploadBroken, 400, "unreadable_body", "Unreadable body"},
	{instagram.ErrSignature, 401, "invalid_signature", "Invalid signature"},
	{instagram.ErrSignedRequest, 401, "invalid_signature", "Invalid signature"},
	{instagram.ErrNoWebhookSecret, 401, "invalid_signature", "Invalid signature"},
	{instagram.ErrChallenge, 403, "handshake_refused", "Handshake refused"},
}

func TestEveryDomainErrorHasItsProblem(t *testing.T) {
	t.Parallel()
	tested := map[error]bool{}
	for _, row := range problems {
		tested[row.err] = true
		for _, err := range []error{row.err, fmt.Errorf("load conversation 7: %w", row.err)} {
			p := api.ProblemOf(err)
			if p.Status != row.status || p.Code != row.code || p.Title != row.title {
				t.Errorf("%v → %d %s %q", err, p.Status, p.Code, p.Title)
			}
			if p.Type != "/problems/"+strings.ReplaceAll(row.code, "_", "-") {
				t.Errorf("%v has type %s", err, p.Type)
			}
			if challenge := p.Headers().Get("WWW-Authenticate"); (p.Status == 401) != strings.HasPrefix(challenge, "Bearer ") {
				t.Errorf("%v challenges with %q", err, challenge)
			}
		}
	}
	for _, err := range api.DomainErrors() {
		if !tested[err] {
			t.Errorf("no row of this test for %v", err)
		}
	}
}

func TestInvalidTokenIsNamedOnlyWhenATokenWasSent(t *testing.T) {
	t.Parallel()
	sent := []error{auth.ErrInvalidToken, auth.ErrSessionExpired, auth.ErrTokenType, auth.ErrInvalidKey}
	for _, row := range problems {
		named := strings.Contains(api.ProblemOf(row.err).Headers().Get("WWW-Authenticate"), `error="invalid_token"`)
		if want := slices.Contains(sent, row.err); named != want {
			t.Errorf("%v names invalid_token: %v, want %v", row.err, named, want)
		}
	}
}

func TestFaultsOfOursShowNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err    error
		status int
		code   string
	}{
		"unknown":            {errors.New("relation \"platform.accounts\" does not exist"), 500, "internal_error"},
		"no account":         {tenants.ErrNoAccount, 500, "internal_error"},
		"wall":               {fmt.Errorf("list: %w", tenants.ErrUnscopable), 500, "internal_error"},
		"SQL error":          {&pgconn.PgError{Code: "42P01", Message: "relation does not exist"}, 500, "internal_error"},
		"SQL without a code": {&pgconn.PgError{}, 500, "internal_error"},
		"server stops":       {fmt.Errorf("list: %w", &pgconn.PgError{Code: "57P01", Message: "terminating connection"}), 503, "unavailable"},
		"too many clients":   {&pgconn.PgError{Code: "53300"}, 503, "unavailable"},
		"connection cut":     {fmt.Errorf("list: %w", io.ErrUnexpectedEOF), 503, "unavailable"},
		"cannot connect":     {&net.OpError{Op: "dial", Err: errors.New("connection refused")}, 503, "unavailable"},
		"too slow":           {fmt.Errorf("list: %w", context.DeadlineExceeded), 503, "unavailable"},
	}
	for name, tc := range tests {
		p := api.ProblemOf(tc.err)
		if p.Status != tc.status || p.Code != tc.code {
			t.Errorf("%s → %d %s, want %d %s", name, p.Status, p.Code, tc.status, tc.code)
		}
		if text := p.Title + p.Detail; strings.Contains(text, "relation") || strings.Contains(text, "terminating") || strings.Contains(text, "refused") {
			t.Errorf("%s shows the error: %q", name, text)
		}
		if retry := p.Headers().Get("Retry-After"); (p.Status == 503) != (retry != "") {
			t.Errorf("%s: Retry-After %q", name, retry)
		}
	}
}
