package api

import (
	"net/http"
	"time"
)

// The refusals that this package decides itself. Each is one code, and keeps its meaning for ever.
var (
	errInvalidRequest   = newProblem(http.StatusBadRequest, "invalid_request", "Invalid request", "Send exactly one credential")
	errUnreadable       = newProblem(http.StatusBadRequest, "unreadable_body", "Unreadable body", "The body is not one complete JSON document")
	errForbidden        = newProblem(http.StatusForbidden, "forbidden", "Not allowed", "Your role does not allow this")
	errStepUp           = newProblem(http.StatusForbidden, "step_up_required", "Sign in once more", "This needs a sign-in within the last 15 minutes")
	errSupportReadOnly  = newProblem(http.StatusForbidden, "support_read_only", "Read-only", "The owner lets support read alone")
	errSupportDisabled  = newProblem(http.StatusForbidden, "support_disabled", "Support access is switched off", "The owner of the account has switched it off")
	errInvitation       = newProblem(http.StatusNotFound, "invitation_invalid", "Invitation not valid", "It was used, has expired or was taken back")
	errLastOwner        = newProblem(http.StatusConflict, "last_owner", "The last owner", "The account must have an owner")
	errNotNow           = newProblem(http.StatusConflict, "not_possible", "Not possible now", "Things do not stand so that this could be done")
	errTooMany          = newProblem(http.StatusConflict, "too_many", "Too many", "There are as many as there may be")
	errLabelTaken       = newProblem(http.StatusConflict, "label_taken", "Name already used", "There is a label of that name")
	errReplyNameTaken   = newProblem(http.StatusConflict, "saved_reply_taken", "Name already used", "There is a saved reply of that name")
	errPushOff          = newProblem(http.StatusConflict, "push_off", "Push is switched off", "This installation tells nobody by push")
	errTooMuchToCount   = newProblem(http.StatusUnprocessableEntity, "range_too_large", "Too much to count", "These days hold more than a million messages; ask for fewer days")
	errRateLimited      = newProblem(http.StatusTooManyRequests, "rate_limited", "Too many requests", "Wait as long as Retry-After says")
	errScope            = newProblem(http.StatusForbidden, "insufficient_scope", "Insufficient scope", "The API key does not have the scope that this needs")
	errCrossSite        = newProblem(http.StatusForbidden, "cross_site", "Cross-site request", "This can only be done from Parlor's own pages")
	errNotFound         = newProblem(http.StatusNotFound, "not_found", "Not found", "")
	errMethodNotAllowed = newProblem(http.StatusMethodNotAllowed, "method_not_allowed", "Method not allowed", "")
	errTimeout          = newProblem(http.StatusRequestTimeout, "request_timeout", "Request timeout", "The body did not arrive in time")
	errBodyTooLarge     = newProblem(http.StatusRequestEntityTooLarge, "body_too_large", "Body too large", "")
	errMediaType        = newProblem(http.StatusUnsupportedMediaType, "unsupported_media_type", "Unsupported media type", "Send application/json")
	errMisdirected      = newProblem(http.StatusMisdirectedRequest, "misdirected_request", "Misdirected request", "This host name is not served here")
	errInvalid          = newProblem(http.StatusUnprocessableEntity, "validation_failed", "Validation failed", "")
	errTooManyStreams   = newProblem(http.StatusTooManyRequests, "too_many_streams", "Too many open event streams", "Close another tab first").retryAfter(5 * time.Second)
	errHeadersTooLarge  = newProblem(http.StatusRequestHeaderFieldsTooLarge, "headers_too_large", "Headers too large", "")
	errInternal         = newProblem(http.StatusInternalServerError, "internal_error", "Internal error", "The request id names this failure in the log")
	errUnavailable      = newProblem(http.StatusServiceUnavailable, "unavailable", "Temporarily unavailable", "Try again shortly").withHeader("Retry-After", "2")
	errStale            = newProblem(http.StatusServiceUnavailable, "revocations_stale", "Temporarily read-only", "Changes are refused until revocations can be read again").withHeader("Retry-After", "2")
)

// The refusals of a reply.
var (
	errWindowClosed = newProblem(http.StatusConflict, "window_closed", "The reply window is closed",
		"Instagram lets a business answer within 24 hours of the customer's last message; it opens again when the customer writes")
	errHumanAgentNeeded = newProblem(http.StatusConflict, "human_agent_required", "Only a person may answer now",
		"More than 24 hours have passed: confirm with human_agent that a person writes this")
	errNotConnected         = newProblem(http.StatusConflict, "not_connected", "Not connected to Instagram", "The owner must connect the account again")
	errHumanAgentNotAllowed = newProblem(http.StatusConflict, "human_agent_not_allowed", "Not approved by Instagram",
		"Instagram has not approved the human-agent permission for this installation")
	errClientIDUsed = newProblem(http.StatusConflict, "client_id_used", "Client id already used", "It belongs to a reply in another conversation")
	errNotPossible  = newProblem(http.StatusConflict, "not_possible", "Not possible now", "The state of the message does not allow it")
	errRefused      = newProblem(http.StatusConflict, "instagram_refused", "Instagram refused", "")
)

// The refusals of a session token, in the order in which they are decided, and those of the other credentials.
var (
	errMissingToken   = unauthorized("missing_token", "Missing session token", false)
	errInvalidToken   = unauthorized("invalid_token", "Invalid session token", true)
	errSessionExpired = unauthorized("session_expired", "Session expired", true)
	errTokenType      = unauthorized("invalid_token", "Invalid token type", true)
	errMissingKey     = unauthorized("missing_key", "Missing API key", false)
	errInvalidKey     = unauthorized("invalid_key", "Invalid API key", true)
	errNoSession      = unauthorized("no_session", "Sign in", false)
	errCredentials    = unauthorized("invalid_credentials", "Wrong user name or password", false)
	errSignature      = unauthorized("invalid_signature", "Invalid signature", false)
)

// The refusals of a sign-in. Their texts come from package auth, for the login page knows them by the same code.
var (
	errThrottled = newProblem(http.StatusTooManyRequests, "too_many_attempts", "Too many attempts", "Try again shortly").retryAfter(5 * time.Second)
	errChallenge = newProblem(http.StatusForbidden, "handshake_refused", "Handshake refused", "")
)
