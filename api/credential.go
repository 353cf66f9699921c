package api

import (
	"net/http"
	"strings"
)

// credential is what a request brings to prove itself: at most one of its fields is set.
type credential struct {
	bearer string // of Authorization: Bearer
	apiKey string // of X-API-Key
}

// sent reports whether there is any.
func (c credential) sent() bool { return c.bearer != "" || c.apiKey != "" }

// readCredential reads the one credential of a request. Two of them, or a list in one header, are refused: what
// stands before us may have looked at another one than we would (RFC 6750, section 2).
func readCredential(h http.Header) (credential, error) {
	authorization, keys := h.Values("Authorization"), h.Values("X-Api-Key")
	if len(authorization)+len(keys) > 1 {
		return credential{}, errInvalidRequest
	}
	if len(keys) == 1 {
		return credential{apiKey: keys[0]}, nil
	}
	if len(authorization) == 0 {
		return credential{}, nil
	}
	if strings.Contains(authorization[0], ",") {
		return credential{}, errInvalidRequest
	}
	scheme, token, _ := strings.Cut(authorization[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return credential{}, nil
	}
	return credential{bearer: token}, nil
}
