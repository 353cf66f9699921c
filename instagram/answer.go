package instagram

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// send does the request and returns the body of a good answer. Every other outcome is an *APIError or wraps
// ErrUnreachable or ErrBadAnswer, each without the address of the request.
func (c *Client) send(operation string, req *http.Request) ([]byte, error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, unreachable(operation, err)
	}
	defer func() { _ = resp.Body.Close() }()
	noteUsage(req.Context(), resp.Header)
	return readAnswer(operation, resp)
}

func readAnswer(operation string, resp *http.Response) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes+1))
	if err != nil {
		return nil, unreachable(operation, err)
	}
	if api := errorAnswer(resp, body); api != nil {
		api.Operation = operation
		return nil, api
	}
	if len(body) > maxAnswerBytes {
		return nil, badAnswer(operation, "too large")
	}
	if resp.StatusCode/100 != 2 {
		return nil, badAnswer(operation, "status "+strconv.Itoa(resp.StatusCode))
	}
	return body, nil
}

// errorAnswer reads the two shapes of an error, flat ({"error_type","code"}) and nested ({"error":{…}}), whatever the
// status says; a body that is neither counts by its status alone. It returns nil for a good answer and for a redirect.
// Sources: Business login for Instagram; Graph API error handling, read 2026-11-22.
func errorAnswer(resp *http.Response, body []byte) *APIError {
	var shape struct {
		Error     json.RawMessage `json:"error"`
		ErrorType string          `json:"error_type"`
		Code      wireInt         `json:"code"`
	}
	var nested struct {
		Code      wireInt `json:"code"`
		Subcode   wireInt `json:"error_subcode"`
		Transient *bool   `json:"is_transient"`
		TraceID   string  `json:"fbtrace_id"`
	}
	_ = json.Unmarshal(body, &shape) // HTML or nothing at all: only the status is left
	isNested := json.Unmarshal(shape.Error, &nested) == nil
	if resp.StatusCode < http.StatusBadRequest && !isNested && shape.ErrorType == "" {
		return nil
	}
	api := &APIError{HTTPStatus: resp.StatusCode, Code: int(shape.Code), RetryAfter: retryAfter(resp.Header)}
	if isNested {
		api.Code, api.Subcode, api.Transient = int(nested.Code), int(nested.Subcode), nested.Transient
	}
	if isPlain(nested.TraceID, maxIDBytes) {
		api.TraceID = nested.TraceID
	}
	return api
}

// retryAfter reads the header's number of seconds, at most an hour.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, 3600)) * time.Second
}

func badAnswer(operation, what string) error {
	return fmt.Errorf("instagram: %s: %w: %s", operation, ErrBadAnswer, what)
}

// unreachable keeps of a network fault only what is known to hold no address of ours and no byte of the other side:
// *url.Error prints the URL with its query, and a protocol error quotes what was received.
func unreachable(operation string, err error) error {
	return fmt.Errorf("instagram: %s: %w: %w", operation, ErrUnreachable, cause(err))
}

func cause(err error) error {
	var dial *net.OpError
	var certificate *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return context.DeadlineExceeded
	case errors.As(err, &dial):
		return dial
	case errors.As(err, &certificate):
		return errors.New("certificate not trusted")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	}
	return errors.New("the exchange broke off")
}
