package media

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// idleTime is how long a server may be silent within a file.
	idleTime = 15 * time.Second
	// waitTime is how long we wait for a server in all, for one file. Time in which our own reader was slow does not count.
	waitTime = 90 * time.Second
	// holdTime ends whatever lasts longer, whoever is slow.
	holdTime = 10 * time.Minute
)

// limitedBody is the body of a foreign server's answer: it ends with an error where more or fewer bytes come than were promised, and where
// the server drips.
type limitedBody struct {
	body   io.ReadCloser
	left   int64         // bytes that may still come
	exact  bool          // all of left must come
	wait   time.Duration // left of waitTime
	idle   time.Duration
	cancel func() // ends the request
	slow   atomic.Bool
	once   sync.Once
}

// Read implements io.Reader. Its errors are ErrUpstream and ErrTooLarge.
func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, b.end()
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.timed(p)
	b.left -= int64(n)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF) && (!b.exact || b.left == 0):
		return n, io.EOF
	case b.slow.Load():
		return n, fmt.Errorf("%w: the server was too slow", ErrUpstream)
	}
	return n, fmt.Errorf("%w: the file broke off", ErrUpstream)
}

// end is reached with nothing left: whatever comes now is too much.
func (b *limitedBody) end() error {
	if b.exact {
		return io.EOF
	}
	var one [1]byte
	if n, _ := b.timed(one[:]); n > 0 {
		return ErrTooLarge
	}
	return io.EOF
}

// timed reads and cancels the request when that takes too long.
func (b *limitedBody) timed(p []byte) (int, error) {
	began := time.Now()
	timer := time.AfterFunc(min(b.idle, max(b.wait, 0)), func() {
		b.slow.Store(true)
		b.cancel()
	})
	defer timer.Stop()
	n, err := b.body.Read(p)
	b.wait -= time.Since(began)
	return n, err
}

// Close ends the request.
func (b *limitedBody) Close() error {
	var err error
	b.once.Do(func() {
		b.cancel()
		err = b.body.Close()
	})
	return err
}
