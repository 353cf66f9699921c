package api

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"parlor/auth"
	"parlor/conversations"
	"parlor/instagram"
	"parlor/tenants"
)

// domainProblems says which document each error of the domain becomes. The first row that fits is taken.
var domainProblems = []struct {
	is      error
	problem Problem
}{
	{auth.ErrMissingToken, problemMissingToken},
	{auth.ErrInvalidToken, problemInvalidToken},
	{auth.ErrSessionExpired, problemSessionExpired},
	{auth.ErrTokenType, problemTokenType},
	{auth.ErrInvalidKey, problemInvalidKey},
	{auth.ErrNoSession, problemNoSession},
	{auth.ErrInvalidCredentials, problemCredentials},
	{auth.ErrThrottled, problemThrottled},
	{auth.ErrDenied, signInProblem(http.StatusForbidden, auth.ErrDenied)},
	{auth.ErrStateInvalid, signInProblem(http.StatusBadRequest, auth.ErrStateInvalid)},
	{auth.ErrLoginExpired, signInProblem(http.StatusBadRequest, auth.ErrLoginExpired)},
	{auth.ErrPersonalAccount, signInProblem(http.StatusForbidden, auth.ErrPersonalAccount)},
	{auth.ErrMissingPermission, signInProblem(http.StatusForbidden, auth.ErrMissingPermission)},
	{auth.ErrAccountNotAllowed, signInProblem(http.StatusForbidden, auth.ErrAccountNotAllowed)},
	{auth.ErrAccountSuspended, signInProblem(http.StatusForbidden, auth.ErrAccountSuspended)},
	{auth.ErrUpstream, signInProblem(http.StatusBadGateway, auth.ErrUpstream)},
	{auth.ErrLoginFailed, signInProblem(http.StatusBadRequest, auth.ErrLoginFailed)},
	{auth.ErrProviderDisabled, signInProblem(http.StatusNotFound, auth.ErrProviderDisabled)},

	{tenants.ErrNotFound, problemNotFound},
	{conversations.ErrNotFound, problemNotFound},
	{conversations.ErrBadCursor, invalidField("query.cursor", "expected the next_cursor of this list")},
	{conversations.ErrReadBeyond, invalidField("body.read_seq", "expected at most the conversation's inbound_seq")},
	{conversations.ErrNoReader, problemForbidden},

	{instagram.ErrSignature, problemSignature},
	{instagram.ErrNoWebhookSecret, problemSignature},
	{instagram.ErrChallenge, problemChallenge},
}

// signInProblem words a refusal of a sign-in. Its text is one of ours, never the provider's.
func signInProblem(status int, r *auth.Refusal) Problem {
	return newProblem(status, string(r.Code()), "Sign-in refused", r.Error())
}

// unavailable reports whether the database is away or too busy: worth another try.
func unavailable(err error) bool {
	var (
		connect *pgconn.ConnectError
		network net.Error
		server  *pgconn.PgError
	)
	switch {
	case errors.As(err, &connect), errors.As(err, &network), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, context.DeadlineExceeded):
		return true
	case errors.As(err, &server):
		return len(server.Code) == 5 && slices.Contains(awayClasses, server.Code[:2])
	default:
		return false
	}
}

// awayClasses are the SQLSTATE classes of a server that cannot work just now: connection exception, insufficient
// resources, operator intervention (PostgreSQL, appendix A).
var awayClasses = []string{"08", "53", "57"}
