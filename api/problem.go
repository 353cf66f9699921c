package api

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"parlor/auth"
)

// problemType is the media type of RFC 9457.
const problemType = "application/problem+json"

// Problem is an RFC 9457 document, the body of every refusal. It carries no `instance` and never repeats what the
// caller sent. Two answers that must not be told apart differ in RequestID alone.
type Problem struct { //nolint:errname // its name in the contract
	Type      string       `json:"type" doc:"Names the kind of problem: /problems/ and the code, spelled with hyphens"`
	Title     string       `json:"title" doc:"What happened, for people"`
	Status    int          `json:"status" doc:"The HTTP status, repeated"`
	Detail    string       `json:"detail,omitempty" doc:"More about this occurrence"`
	Code      string       `json:"code" doc:"What happened, for programs"`
	RequestID string       `json:"request_id" doc:"Names this request in the log; also in X-Request-Id"`
	Errors    []FieldError `json:"errors,omitempty" nullable:"false" doc:"The faults of single fields"`

	headers http.Header
	cause   error // for the log alone
}

// FieldError says what is wrong with one field of a request, without its value.
type FieldError struct {
	Location string `json:"location" doc:"Where the fault is, such as body.read_seq or query.limit"`
	Message  string `json:"message" doc:"What was expected"`
}

// newProblem returns the problem of a code; its type follows from the code.
func newProblem(status int, code, title, detail string) Problem {
	return Problem{
		Type: "/problems/" + strings.ReplaceAll(code, "_", "-"), Title: title, Status: status, Detail: detail, Code: code,
	}
}

// unauthorized returns a 401 with the challenge of RFC 6750 section 3; error="invalid_token" stands in it only when
// the caller sent a credential. The challenge is never Basic: a browser would open a dialog over the app.
func unauthorized(code, title string, sent bool) Problem {
	p := newProblem(http.StatusUnauthorized, code, title, title)
	challenge := `Bearer realm="api"`
	if sent {
		challenge += `, error="invalid_token"`
	}
	return p.withHeader("WWW-Authenticate", challenge)
}

// withHeader returns a copy that also sends the header.
func (p Problem) withHeader(name, value string) Problem {
	p.headers = p.headers.Clone()
	if p.headers == nil {
		p.headers = http.Header{}
	}
	p.headers.Set(name, value)
	return p
}

// retryAfter returns a copy that tells the caller to wait; at least a second.
func (p Problem) retryAfter(d time.Duration) Problem {
	seconds := max(1, int((d+time.Second-1)/time.Second))
	return p.withHeader("Retry-After", strconv.Itoa(seconds))
}

// because returns a copy that remembers the error behind it, for the log.
func (p Problem) because(err error) Problem {
	p.cause = err
	return p
}

// Error returns code and title, and the cause when there is one, so that a Problem can travel as an error.
func (p Problem) Error() string {
	text := p.Code + ": " + p.Title
	if p.cause != nil {
		text += ": " + p.cause.Error()
	}
	return text
}

// Unwrap gives the cause.
func (p Problem) Unwrap() error { return p.cause }

// GetStatus returns the HTTP status; huma asks for it.
func (p Problem) GetStatus() int { return p.Status }

// GetHeaders returns the headers that belong to the answer; huma asks for them.
func (p Problem) GetHeaders() http.Header { return p.headers }

// ContentType returns the media type of the document, whatever was negotiated; huma asks for it.
func (p Problem) ContentType(string) string { return problemType }

// answer writes the problem as the whole answer of a plain route and ends the chain.
func (p Problem) answer(c *gin.Context) {
	p.RequestID = requestID(c.Request.Context())
	body, err := json.Marshal(p)
	if err != nil { // a struct of strings and numbers
		panic(err)
	}
	maps.Copy(c.Writer.Header(), p.headers)
	c.Abort()
	c.Data(p.Status, problemType, append(body, '\n'))
}

// problem maps an error to its document: the rows of domainProblems in their order, else 500 without any detail.
func problem(err error) Problem {
	if p, ok := errors.AsType[Problem](err); ok {
		return p
	}
	if errors.Is(err, auth.ErrThrottled) && unavailable(err) { // the tries could not be counted
		return errUnavailable
	}
	for _, row := range domainProblems {
		if !errors.Is(err, row.is) {
			continue
		}
		if wait := auth.RetryAfter(err); wait > 0 {
			return row.problem.retryAfter(wait)
		}
		return row.problem
	}
	if unavailable(err) {
		return errUnavailable
	}
	return errInternal
}
