package instagram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/oauth2"
)

const opExchange = "exchange code"

// Exchange turns the code of a callback into a ShortToken. A trailing "#_" of the code is dropped.
// Errors: *APIError (used or foreign code, other redirect URI), ErrUnreachable, ErrBadAnswer.
func (c *Client) Exchange(ctx context.Context, code Secret, redirectURI string) (ShortToken, error) {
	tolerant := *c.http
	tolerant.Transport = flatten{next: c.http.Transport}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &tolerant)
	token, err := c.oauth(redirectURI).Exchange(ctx, strings.TrimSuffix(code.Reveal(), "#_"))
	if err != nil {
		return ShortToken{}, exchangeFault(err)
	}
	short := ShortToken{Value: Secret(token.AccessToken)}
	short.UserID, _ = token.Extra("user_id").(string)
	if granted, ok := token.Extra("permissions").(string); ok {
		short.Permissions = slices.DeleteFunc(strings.Split(granted, ","), func(s string) bool { return s == "" })
	}
	return short, nil
}

// exchangeFault passes on what flatten found and hides all else, for x/oauth2 quotes the answer and net/http the address.
func exchangeFault(err error) error {
	var api *APIError
	switch {
	case errors.As(err, &api):
		return api
	case errors.Is(err, ErrBadAnswer):
		return badAnswer(opExchange, "not a token")
	}
	return unreachable(opExchange, err)
}

// flatten is a transport that turns the token endpoint's answers into the one shape that x/oauth2 reads: flat, the id a
// string, the permissions a comma list. An error answer becomes the error of the round trip.
type flatten struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (f flatten) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := f.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := readAnswer(opExchange, resp)
	if err != nil {
		return nil, err
	}
	flat, err := flatToken(body)
	if err != nil {
		return nil, err
	}
	return jsonResponse(req, flat), nil
}

// tokenAnswer is what the three token endpoints give, each a part of it.
type tokenAnswer struct {
	AccessToken string           `json:"access_token"`
	UserID      wireID           `json:"user_id"`
	Permissions *wirePermissions `json:"permissions"`
	ExpiresIn   wireInt          `json:"expires_in"`
}

func readToken(operation string, body []byte) (tokenAnswer, error) {
	var answer tokenAnswer
	if err := decodeOne(body, &answer); err != nil {
		return tokenAnswer{}, badAnswer(operation, "not a token")
	}
	if answer.AccessToken == "" {
		return tokenAnswer{}, badAnswer(operation, "empty token")
	}
	return answer, nil
}

func flatToken(body []byte) ([]byte, error) {
	answer, err := readToken(opExchange, body)
	if err != nil {
		return nil, err
	}
	flat := map[string]string{"access_token": answer.AccessToken, "user_id": string(answer.UserID)}
	if answer.Permissions != nil {
		flat["permissions"] = strings.Join(*answer.Permissions, ",")
	}
	return json.Marshal(flat)
}

// jsonResponse is a good answer made here, for a client that expects one from the network.
func jsonResponse(req *http.Request, body []byte) *http.Response {
	return &http.Response{
		Status:        "200 OK",
		StatusCode:    http.StatusOK,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       req,
	}
}
