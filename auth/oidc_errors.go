package auth

import (
	"context"
	"errors"
	"net/http"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// exchangeRefused tells a code that the provider does not take from a provider that does not work. What it answered is not repeated: it may
// hold the code, or the client's secret.
func exchangeRefused(err error) error {
	var answered *oauth2.RetrieveError
	if !errors.As(err, &answered) || answered.Response == nil {
		return Refuse(ErrUpstream, "exchange", bare(err))
	}
	switch answered.Response.StatusCode {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		return Refuse(ErrLoginFailed, "exchange", nil)
	}
	return Refuse(ErrUpstream, "exchange", nil)
}

// tokenRefused names an ID token that is not for us, or not for now.
func tokenRefused(err error) error {
	if _, expired := errors.AsType[*oidc.TokenExpiredError](err); expired {
		return Refuse(ErrLoginFailed, "id_token_expired", nil)
	}
	return Refuse(ErrLoginFailed, "id_token", nil)
}

// bare keeps of an error only whether time was up: the others may repeat addresses and answers.
func bare(err error) error {
	for _, known := range []error{context.DeadlineExceeded, context.Canceled, errIssuerUnreachable} {
		if errors.Is(err, known) {
			return known
		}
	}
	return nil
}
