package api_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"parlor/api"
)

// Whoever sends many large bodies and never ends them takes a bounded part of the memory, and nothing from small ones.
func TestLargeBodiesOfStrangersAreBounded(t *testing.T) {
	t.Parallel()
	s, err := api.New(api.Deps{PublicURL: mustURL(t, origin), WebhookSecrets: [][]byte{[]byte(appSecret)}})
	if err != nil {
		t.Fatal(err)
	}
	address := listening(t, s.HTTPServer(""))
	begin := func(length int) string {
		return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", webhooks, length)
	}
	large := strings.Repeat("x", 100<<10)
	var held []net.Conn
	for range api.LargeBodiesMax {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, begin(len(large)+1)+large); err != nil {
			t.Fatal(err)
		}
		held = append(held, conn)
	}
	eventually(t, "all seats are taken", func() bool { return s.LargeBodies() == api.LargeBodiesMax })

	begun := time.Now()
	raw(t, address, begin(2)+"{}").refused(t, 401, "invalid_signature")
	if took := time.Since(begun); took > time.Second {
		t.Errorf("a small body waited %v", took)
	}
	a := raw(t, address, begin(len(large))+large)
	a.refused(t, 503, "unavailable") // Meta sends it again
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	for _, conn := range held {
		_ = conn.Close()
	}
	eventually(t, "the seats are free again", func() bool { return s.LargeBodies() == 0 })
	raw(t, address, begin(len(large))+large).refused(t, 401, "invalid_signature")
}
