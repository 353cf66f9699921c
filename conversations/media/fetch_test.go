package media_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parlor/conversations/media"
)

// upstream is a foreign server that answers as a test wants.
func upstream(t *testing.T, h http.HandlerFunc) (address string, f media.Fetching) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL + "/x", media.Fetching{Extra: []string{server.Listener.Addr().String()}, MaxBytes: 1 << 20}
}

func TestNothingIsUnpacked(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := io.CopyN(w, zeros{}, 64<<20); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	for _, coding := range []string{"gzip", "deflate", "br", "zstd", "gzip, gzip", "identity, gzip", "x"} {
		var asked atomic.Value
		address, f := upstream(t, func(w http.ResponseWriter, r *http.Request) {
			asked.Store(r.Header.Get("Accept-Encoding"))
			w.Header().Set("Content-Encoding", coding)
			_, _ = w.Write(packed.Bytes())
		})
		if data, _, err := f.Get(t.Context(), address, nil); !errors.Is(err, media.ErrUpstream) || len(data) > 0 {
			t.Errorf("%s: %d bytes, %v", coding, len(data), err)
		}
		if asked.Load() != "identity" {
			t.Errorf("asked for %v", asked.Load())
		}
	}
	// Without the header the bytes pass as they are: packed, and small.
	address, f := upstream(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(packed.Bytes()) })
	if data, _, err := f.Get(t.Context(), address, nil); err != nil || !bytes.Equal(data, packed.Bytes()) {
		t.Errorf("packed without saying so: %d bytes of %d, %v", len(data), packed.Len(), err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestNoMoreThanTheLimitIsRead(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	endless := func(w http.ResponseWriter, r *http.Request) {
		for chunk := make([]byte, 64<<10); r.Context().Err() == nil; {
			n, err := w.Write(chunk)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	}
	address, f := upstream(t, endless)
	data, _, err := f.Get(t.Context(), address, nil)
	if !errors.Is(err, media.ErrTooLarge) || len(data) > 1<<20 {
		t.Errorf("endless: %d bytes, %v", len(data), err)
	}
	if n := sent.Load(); n > 32<<20 {
		t.Errorf("%d MB were taken from an endless body", n>>20)
	}
	address, f = upstream(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1099511627776")
		endless(w, r)
	})
	if data, _, err := f.Get(t.Context(), address, nil); !errors.Is(err, media.ErrTooLarge) || len(data) > 0 {
		t.Errorf("a terabyte announced: %d bytes, %v", len(data), err)
	}
	for size, want := range map[int]error{1 << 20: nil, 1<<20 + 1: media.ErrTooLarge} {
		for _, announced := range []bool{true, false} {
			address, f := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
				if !announced {
					w.(http.Flusher).Flush()
				}
				_, _ = w.Write(make([]byte, size))
			})
			if data, _, err := f.Get(t.Context(), address, nil); !errors.Is(err, want) || want == nil && len(data) != size {
				t.Errorf("%d bytes, announced %v: %d came, %v", size, announced, len(data), err)
			}
		}
	}
}

func TestAFileThatBreaksOffIsNoFile(t *testing.T) {
	t.Parallel()
	address, f := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write(make([]byte, 400))
	})
	if data, _, err := f.Get(t.Context(), address, nil); !errors.Is(err, media.ErrUpstream) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

// A server that drips, one that falls silent, and one that never answers: all are left in time, however they measure their drops.
func TestSlowServersAreLeft(t *testing.T) {
	t.Parallel()
	address, f := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100000")
		for r.Context().Err() == nil {
			if _, err := w.Write([]byte{1}); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			select {
			case <-time.After(20 * time.Millisecond):
			case <-r.Context().Done():
			}
		}
	})
	f.Idle, f.Wait = 10*time.Second, 300*time.Millisecond
	began := time.Now()
	if _, _, err := f.Get(t.Context(), address, nil); !errors.Is(err, media.ErrUpstream) || time.Since(began) > 8*time.Second {
		t.Errorf("dripping: %v after %s", err, time.Since(began))
	}
	address, f = upstream(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("begin"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	f.Idle, f.Wait = 200*time.Millisecond, time.Hour
	began = time.Now()
	if _, _, err := f.Get(t.Context(), address, nil); !errors.Is(err, media.ErrUpstream) || time.Since(began) > 8*time.Second {
		t.Errorf("silent: %v after %s", err, time.Since(began))
	}
}

func TestOnlyThePartAskedForIsTaken(t *testing.T) {
	t.Parallel()
	file := []byte("0123456789abcdefghij")
	span := &media.Span{First: 5, Last: 9}
	type wrong struct {
		contentRange, length, body string
	}
	for name, w := range map[string]wrong{
		"none":                {"", "5", "56789"},
		"another beginning":   {"bytes 4-8/20", "5", "45678"},
		"longer":              {"bytes 5-10/20", "6", "56789a"},
		"another length":      {"bytes 5-9/20", "4", "5678"},
		"unknown size":        {"bytes 5-9/*", "5", "56789"},
		"beyond the size":     {"bytes 5-9/7", "5", "56789"},
		"larger than allowed": {"bytes 5-9/99999999999", "5", "56789"},
		"backwards":           {"bytes 9-5/20", "5", "56789"},
		"negative":            {"bytes -5-9/20", "5", "56789"},
		"signed":              {"bytes +5-9/20", "5", "56789"},
		"another unit":        {"lines 5-9/20", "5", "56789"},
		"no number":           {"bytes five-9/20", "5", "56789"},
		"overflow":            {"bytes 5-9/18446744073709551636", "5", "56789"},
	} {
		address, f := upstream(t, func(rw http.ResponseWriter, _ *http.Request) {
			if w.contentRange != "" {
				rw.Header().Set("Content-Range", w.contentRange)
			}
			rw.Header().Set("Content-Length", w.length)
			rw.WriteHeader(http.StatusPartialContent)
			_, _ = io.WriteString(rw, w.body)
		})
		if data, _, err := f.Get(t.Context(), address, span); err == nil {
			t.Errorf("%s: %q was taken", name, data)
		}
	}
	short, chunked := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Range", "bytes 5-9/20")
		w.WriteHeader(http.StatusPartialContent)
		w.(http.Flusher).Flush() // so that no length is sent, and only the range tells how much must come
		_, _ = io.WriteString(w, "567")
	})
	if data, _, err := chunked.Get(t.Context(), short, span); !errors.Is(err, media.ErrUpstream) {
		t.Errorf("a part that ends early: %q, %v", data, err)
	}
	address, f := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file))
	})
	data, offset, err := f.Get(t.Context(), address, span)
	if string(data) != "56789" || offset != 5 || err != nil {
		t.Errorf("part = %q at %d, %v", data, offset, err)
	}
	if _, _, err := f.Get(t.Context(), address, &media.Span{First: 20, Last: -1}); !errors.Is(err, media.ErrSpan) {
		t.Errorf("beyond the end: %v", err)
	}
	address, f = upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Range", "bytes 0-4/20")
		w.WriteHeader(http.StatusPartialContent)
		_, _ = io.WriteString(w, "01234")
	})
	if data, _, err := f.Get(t.Context(), address, nil); err == nil {
		t.Errorf("a part that nobody asked for: %q", data)
	}
}

func TestStatusesSayWhatToDo(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]error{
		400: media.ErrExpired, 401: media.ErrExpired, 403: media.ErrExpired, 404: media.ErrExpired, 410: media.ErrExpired,
		204: media.ErrUpstream, 206: media.ErrUpstream, 304: media.ErrUpstream, 418: media.ErrUpstream, 429: media.ErrUpstream, 500: media.ErrUpstream, 503: media.ErrUpstream,
	} {
		address, f := upstream(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		if _, _, err := f.Get(t.Context(), address, nil); !errors.Is(err, want) {
			t.Errorf("%d: %v, want %v", status, err, want)
		}
	}
}

// What is not HTTP, or too much of it, is no answer either, and no error tells the address.
func TestBrokenAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"nothing": "", "no HTTP": "hello\r\n\r\n", "two lengths": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
		"huge headers":    "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n",
		"negative length": "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhello", "an upgrade": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhello",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Read(make([]byte, 4096))
				_, _ = io.WriteString(conn, answer)
				_ = conn.Close()
			}
		}()
		f := media.Fetching{Extra: []string{l.Addr().String()}}
		_, _, err = f.Get(t.Context(), fmt.Sprintf("http://%s/x?signature=tell-nobody", l.Addr()), nil)
		if !errors.Is(err, media.ErrUpstream) || strings.Contains(err.Error(), "tell-nobody") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
