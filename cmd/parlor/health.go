package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"parlor/configs"
)

type healthcheckCommand struct{}

// Run asks /readyz of the operations listener of this machine. It exists because a small image has no curl.
func (healthcheckCommand) Run(p *process) error {
	addr, err := configs.OpsAddrFromEnv(p.environ)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(addr)+"/readyz", http.NoBody)
	if err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	answer, err := (&http.Client{}).Do(req)
	if err != nil {
		return errors.New("the service does not answer on " + addr)
	}
	defer func() { _ = answer.Body.Close() }()
	body, _ := io.ReadAll(io.LimitReader(answer.Body, 4096))
	p.printf("%s\n", body)
	if answer.StatusCode != http.StatusOK {
		return errSaid
	}
	return nil
}

// reachable turns the address of a listener on every interface into one that can be called.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
