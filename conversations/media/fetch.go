package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxRedirects is how often a server may send us on. Each address is checked like the first.
const maxRedirects = 3

// fetcher gets files from Instagram's servers and from nowhere else.
type fetcher struct {
	rules    hostRules
	http     *http.Transport // and no client: that follows, keeps cookies and wraps errors in the address
	maxBytes int64
	idle     time.Duration
	wait     time.Duration
}

type fetchOptions struct {
	extraHosts []string
	maxBytes   int64
}

func newFetcher(o fetchOptions) (*fetcher, error) {
	rules := hostRules{}
	for _, host := range o.extraHosts {
		u, err := url.Parse("http://" + host)
		if err != nil || u.Port() == "" || u.Host != host || u.User != nil {
			return nil, fmt.Errorf("media: extra host %q is not host:port", host)
		}
		rules.extra = append(rules.extra, strings.ToLower(host))
	}
	return fetchThrough(guard{rules: rules, port: "443", mayDial: isPublic}, o.maxBytes), nil
}

func fetchThrough(g guard, maxBytes int64) *fetcher {
	return &fetcher{rules: g.rules, http: g.transport(), maxBytes: maxBytes, idle: idleTime, wait: waitTime}
}

// fetched is a file on its way. Its body must be closed.
type fetched struct {
	body   io.ReadCloser
	offset int64 // of the body's first byte in the file
	length int64 // of the body; -1: not known
	size   int64 // of the file; -1: not known
}

// open asks for a file, or for a part of it; the server may give the whole instead. The errors are ErrRefused, ErrExpired, ErrTooLarge,
// ErrSpan and ErrUpstream, and hold no address.
func (f *fetcher) open(ctx context.Context, address string, span *Span) (fetched, error) {
	ctx, cancel := context.WithTimeout(ctx, holdTime)
	answer, err := f.get(ctx, address, span)
	if err != nil {
		cancel()
		return fetched{}, err
	}
	got, err := f.accept(answer, span)
	if err != nil {
		cancel()
		_ = answer.Body.Close()
		return fetched{}, err
	}
	body := &limitedBody{body: answer.Body, left: got.length, exact: true, wait: f.wait, idle: f.idle, cancel: cancel}
	if got.length < 0 {
		body.left, body.exact = f.maxBytes, false
	}
	got.body = body
	return got, nil
}

// get follows redirects until there is an answer.
func (f *fetcher) get(ctx context.Context, address string, span *Span) (*http.Response, error) {
	u, err := f.rules.parse(address)
	if err != nil {
		return nil, err
	}
	for range maxRedirects + 1 {
		answer, err := f.ask(ctx, u, span)
		if err != nil {
			return nil, err
		}
		if !isRedirect(answer.StatusCode) {
			return answer, nil
		}
		next, err := u.Parse(answer.Header.Get("Location"))
		_ = answer.Body.Close()
		if err != nil || answer.Header.Get("Location") == "" || len(next.String()) > maxURLBytes {
			return nil, fmt.Errorf("%w: redirect to no address", ErrRefused)
		}
		if err := f.rules.check(next); err != nil {
			return nil, fmt.Errorf("redirect: %w", err)
		}
		u = next
	}
	return nil, fmt.Errorf("%w: too many redirects", ErrRefused)
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// ask sends one request: no cookies, no referrer, nothing of the person who wants the file.
func (f *fetcher) ask(ctx context.Context, u *url.URL, span *Span) (*http.Response, error) {
	req := &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{
		"Accept": {"*/*"}, "Accept-Encoding": {"identity"}, "User-Agent": {"Parlor"},
	}}
	if span != nil {
		req.Header.Set("Range", span.header())
	}
	answer, err := f.http.RoundTrip(req.WithContext(ctx))
	switch {
	case err == nil:
		return answer, nil
	case errors.Is(err, ErrRefused): // by the guard
		return nil, fmt.Errorf("%w: at dial time", ErrRefused)
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, ctx.Err()
	}
	return nil, fmt.Errorf("%w: no answer", ErrUpstream)
}

// accept decides by status and lengths whether the answer is the file. Its type is not asked for: the bytes tell.
func (f *fetcher) accept(answer *http.Response, span *Span) (fetched, error) {
	coding := answer.Header.Values("Content-Encoding")
	switch status := answer.StatusCode; {
	case len(coding) > 1 || len(coding) == 1 && !strings.EqualFold(coding[0], "identity"):
		return fetched{}, fmt.Errorf("%w: packed, though nobody asked for that", ErrUpstream)
	case status == http.StatusOK:
		return f.whole(answer)
	case status == http.StatusPartialContent && span != nil:
		return f.part(answer, *span)
	case status == http.StatusRequestedRangeNotSatisfiable && span != nil:
		return fetched{}, ErrSpan
	case isGone(status):
		return fetched{}, fmt.Errorf("%w: status %d", ErrExpired, status)
	default:
		return fetched{}, fmt.Errorf("%w: status %d", ErrUpstream, status)
	}
}

// isGone reports whether a status says that the address has expired. Which one is not documented: signed addresses of these servers are
// seen to answer 403, sometimes 404 or 410, and 400 when the signature is cut.
func isGone(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return true
	}
	return false
}

func (f *fetcher) whole(answer *http.Response) (fetched, error) {
	if answer.ContentLength > f.maxBytes {
		return fetched{}, ErrTooLarge
	}
	return fetched{length: answer.ContentLength, size: answer.ContentLength}, nil
}

// part holds a 206 against what was asked for.
func (f *fetcher) part(answer *http.Response, span Span) (fetched, error) {
	s, ok := readServed(answer.Header)
	if !ok {
		return fetched{}, fmt.Errorf("%w: unreadable range", ErrUpstream)
	}
	if s.size > f.maxBytes {
		return fetched{}, ErrTooLarge
	}
	offset, most, err := span.within(s.size)
	length := s.last - s.first + 1
	if err != nil || s.first != offset || length > most || answer.ContentLength >= 0 && answer.ContentLength != length {
		return fetched{}, fmt.Errorf("%w: another range than asked for", ErrUpstream)
	}
	return fetched{offset: s.first, length: length, size: s.size}, nil
}
