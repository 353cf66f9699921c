package api

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"
)

const (
	// smallBody is what anybody may send at any time: nearly every webhook is much smaller.
	smallBody = 64 << 10
	// largeBodiesMax is how many larger bodies are in memory at once. A signature can be checked only when all of a body
	// is there, so without this bound a stranger could fill the memory.
	largeBodiesMax = 16
	largeBodyWait  = 2 * time.Second  // for a seat
	largeBodyTime  = 10 * time.Second // for the rest of a body that holds a seat
)

// largeBodies bounds the memory that bodies of strangers take.
type largeBodies struct{ seats chan struct{} }

func newLargeBodies() largeBodies { return largeBodies{seats: make(chan struct{}, largeBodiesMax)} }

// read returns the body of a request; release, never nil, gives its memory free. A body beyond smallBody waits for a
// seat, and is refused with 503 when there is none: small ones pass by. Errors are problems.
func (l largeBodies) read(w http.ResponseWriter, r *http.Request) (body []byte, release func(), err error) {
	release = func() {}
	var read bytes.Buffer
	if _, err := io.Copy(&read, io.LimitReader(r.Body, smallBody)); err != nil {
		return nil, release, unreadable(err)
	}
	if read.Len() < smallBody {
		return read.Bytes(), release, nil
	}
	timer := time.NewTimer(largeBodyWait)
	defer timer.Stop()
	select {
	case l.seats <- struct{}{}:
	case <-timer.C:
		return nil, release, errUnavailable
	case <-r.Context().Done():
		return nil, release, errUnavailable
	}
	release = func() { <-l.seats }
	// A test's writer has no deadlines; the server's own deadline bounds whoever gets none here.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(largeBodyTime))
	if r.ContentLength > smallBody {
		read.Grow(int(r.ContentLength) - read.Len() + bytes.MinRead) // or it would grow to the double
	}
	if _, err := read.ReadFrom(r.Body); err != nil {
		return nil, release, unreadable(err)
	}
	return read.Bytes(), release, nil
}

// unreadable tells a body that is too large from one that broke off.
func unreadable(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errBodyTooLarge
	}
	return errUnreadable
}
