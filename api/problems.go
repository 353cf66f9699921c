package api

import (
	"net/http"
	"time"
)

// The refusals that this package decides itself. Each is one code, and keeps its meaning for ever.
var (
	problemInvalidRequest   = newProblem(http.StatusBadRequest, "invalid_request", "Invalid request", "Send exactly one credential")
	problemUnreadable       = newProblem(http.StatusBadRequest, "unreadable_body", "Unreadable body", "The body is not one complete JSON document")
	problemForbidden        = newProblem(http.StatusForbidden, "forbidden", "Not allowed", "Your role does not allow this")
	problemScope            = newProblem(http.StatusForbidden, "insufficient_scope", "Insufficient scope", "The API key does not have the scope that this needs")
	problemCrossSite        = newProblem(http.StatusForbidden, "cross_site", "Cross-site request", "This can only be done from Parlor's own pages")
	problemNotFound         = newProblem(http.StatusNotFound, "not_found", "Not found", "")
	problemMethodNotAllowed = newProblem(http.StatusMethodNotAllowed, "method_not_allowed", "Method not allowed", "")
	problemTimeout          = newProblem(http.StatusRequestTimeout, "request_timeout", "Request timeout", "The body did not arrive in time")
	problemBodyTooLarge     = newProblem(http.StatusRequestEntityTooLarge, "body_too_large", "Body too large", "")
	problemMediaType        = newProblem(http.StatusUnsupportedMediaType, "unsupported_media_type", "Unsupported media type", "Send application/json")
	problemMisdirected      = newProblem(http.StatusMisdirectedRequest, "misdirected_request", "Misdirected request", "This host name is not served here")
	problemInvalid          = newProblem(http.StatusUnprocessableEntity, "validation_failed", "Validation failed", "")
	problemTooManyStreams   = newProblem(http.StatusTooManyRequests, "too_many_streams", "Too many open event streams", "Close another tab first")
	problemHeadersTooLarge  = newProblem(http.StatusRequestHeaderFieldsTooLarge, "headers_too_large", "Headers too large", "")
	problemInternal         = newProblem(http.StatusInternalServerError, "internal_error", "Internal error", "The request id names this failure in the log")
	problemUnavailable      = newProblem(http.StatusServiceUnavailable, "unavailable", "Temporarily unavailable", "Try again shortly").withHeader("Retry-After", "2")
	problemStale            = newProblem(http.StatusServiceUnavailable, "revocations_stale", "Temporarily read-only", "Changes are refused until revocations can be read again").withHeader("Retry-After", "2")
)

// The refusals of a session token, in the order in which they are decided, and those of the other credentials.
var (
	problemMissingToken   = unauthorized("missing_token", "Missing session token", false)
	problemInvalidToken   = unauthorized("invalid_token", "Invalid session token", true)
	problemSessionExpired = unauthorized("session_expired", "Session expired", true)
	problemTokenType      = unauthorized("invalid_token", "Invalid token type", true)
	problemMissingKey     = unauthorized("missing_key", "Missing API key", false)
	problemInvalidKey     = unauthorized("invalid_key", "Invalid API key", true)
	problemNoSession      = unauthorized("no_session", "Sign in", false)
	problemCredentials    = unauthorized("invalid_credentials", "Wrong user name or password", false)
	problemSignature      = unauthorized("invalid_signature", "Invalid signature", false)
)

// The refusals of a sign-in. Their texts come from package auth, for the login page knows them by the same code.
var (
	problemThrottled = newProblem(http.StatusTooManyRequests, "too_many_attempts", "Too many attempts", "Try again shortly").retryAfter(5 * time.Second)
	problemChallenge = newProblem(http.StatusForbidden, "handshake_refused", "Handshake refused", "")
)
