package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// simulatorStop bounds the simulator's graceful stop; nobody depends on its open requests.
const simulatorStop = 3 * time.Second

// listen opens a TCP listener.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	return (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
}

// serveHTTP serves on the listener until ctx ends, then stops accepting and lets open requests end within the bound.
// Afterwards they are cut off.
func serveHTTP(ctx context.Context, server *http.Server, listener net.Listener, bound time.Duration) error {
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), bound)
	defer cancel()
	err := server.Shutdown(stopping)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	<-ended //nolint:errcheck // always http.ErrServerClosed
	return err
}
