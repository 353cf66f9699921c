//go:build e2e

package e2e_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	rotationPeople   = 10
	rotationInterval = 50 * time.Millisecond // between one person's requests: 200 a second in all
	rotationRenew    = 40                    // every so many requests a person renews the token: 5 a second in all
	rotationPublish  = 8 * time.Second       // before a key signs; instances look at the file every 5 s
)

// ringKey is a key in the file of the ring.
type ringKey struct {
	KID         string    `json:"kid"`
	Key         string    `json:"key"`
	NotBefore   time.Time `json:"not_before,omitzero"`
	SignUntil   time.Time `json:"sign_until,omitzero"`
	VerifyUntil time.Time `json:"verify_until,omitzero"`
}

// Three keys follow the first one while two instances serve two hundred requests a second: nobody is refused, on either instance, and tokens
// come to be signed by each of the keys.
func TestRotationUnderLoad(t *testing.T) {
	t.Parallel()
	i := install(t)
	i.db.InsertAccount(t, defaultUserID, "casalumen")
	file := filepath.Join(t.TempDir(), "session_keys")
	ring := []ringKey{{KID: "first", Key: newKey()}}
	writeRing(t, file, ring)
	i.environ = slices.DeleteFunc(i.environ, func(s string) bool { return strings.HasPrefix(s, "PARLOR_SESSION_KEYS=") })
	i.environ = append(i.environ, "PARLOR_SESSION_KEYS_FILE="+file)
	addrs := []string{i.addr, freeAddr(t)}
	for _, addr := range addrs {
		i.serve(t, addr, i.self())
	}

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var wg sync.WaitGroup
	crowd := &crowd{answers: map[int]int{}, signers: map[string]int{}}
	for n := range rotationPeople {
		p := &rotationPerson{i: i, addrs: addrs, crowd: crowd}
		p.enter(t, addrs[n%2])
		wg.Go(func() { p.work(ctx, t) })
	}
	for _, kid := range []string{"second", "third", "fourth"} {
		now := time.Now().UTC().Truncate(time.Second)
		last, fresh := &ring[len(ring)-1], ringKey{KID: kid, Key: newKey(), NotBefore: now.Add(rotationPublish)}
		last.SignUntil, last.VerifyUntil = fresh.NotBefore, fresh.NotBefore.Add(25*time.Hour)
		ring = append(ring, fresh)
		writeRing(t, file, ring)
		eventually(t, 30*time.Second, "tokens are signed by the "+kid+" key", func() bool { return crowd.signed(kid) >= rotationPeople })
	}
	stop()
	wg.Wait()

	t.Logf("answers %v, tokens by key %v, %d requests not answered", crowd.answers, crowd.signers, crowd.lost)
	if total := crowd.answers[http.StatusOK]; len(crowd.answers) != 1 || total < 1000 || crowd.lost > 0 {
		t.Errorf("answers %v and %d without any: want 200 alone, and a thousand of them", crowd.answers, crowd.lost)
	}
	if kids := slices.Sorted(maps.Keys(crowd.signers)); !slices.Equal(kids, []string{"first", "fourth", "second", "third"}) {
		t.Errorf("signed by %v", kids)
	}
}

func writeRing(t *testing.T, file string, ring []ringKey) {
	t.Helper()
	text, err := json.Marshal(ring)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// crowd is what a number of people have seen together.
type crowd struct {
	mu      sync.Mutex
	answers map[int]int    // by status
	lost    int            // requests without an answer
	signers map[string]int // tokens by the key that signed them
}

func (c *crowd) note(a answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.Status == 0 {
		c.lost++
		return
	}
	c.answers[a.Status]++
	if a.Token != "" {
		c.signers[kidOf(a.Token)]++
	}
}

func (c *crowd) signed(kid string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.signers[kid]
}

// kidOf names the key that signed a token.
func kidOf(token string) string {
	head, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(head)
	var header struct {
		KID string `json:"kid"`
	}
	if err != nil || json.Unmarshal(text, &header) != nil {
		return fmt.Sprintf("no token: %v", err)
	}
	return header.KID
}

// rotationPerson is a browser that asks one instance and the other in turn.
type rotationPerson struct {
	i      *installation
	addrs  []string
	crowd  *crowd
	cookie string
	token  string
}

func (p *rotationPerson) enter(t *testing.T, addr string) {
	t.Helper()
	req := p.i.at(t, addr, http.MethodPost, "/api/v1/ui/session", "")
	req.SetBasicAuth(operatorName, p.i.password)
	if a := p.session(t, req); a.Status != http.StatusOK {
		t.Fatalf("sign-in answers %d %s", a.Status, a.Code)
	}
}

// session asks for a token and keeps it, with the cookie, which changes at every use.
func (p *rotationPerson) session(t *testing.T, req *http.Request) answer {
	response, err := client.Do(req)
	if err != nil {
		return answer{}
	}
	defer response.Body.Close()
	a := answer{}
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil {
		t.Error(err)
	}
	a.Status = response.StatusCode
	for _, c := range response.Cookies() {
		p.cookie = c.Name + "=" + c.Value
	}
	if a.Token != "" {
		p.token = a.Token
	}
	return a
}

// work asks until ctx ends: conversations mostly, a new token now and then.
func (p *rotationPerson) work(ctx context.Context, t *testing.T) {
	tick := time.NewTicker(rotationInterval)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		addr := p.addrs[n%len(p.addrs)]
		if n%rotationRenew != 0 {
			p.crowd.note(call(t, p.i.at(t, addr, http.MethodGet, "/api/v1/ui/conversations", p.token)))
			continue
		}
		req := p.i.at(t, p.addrs[n/rotationRenew%2], http.MethodPost, "/api/v1/ui/session", "")
		req.Header.Set("Cookie", p.cookie)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		p.crowd.note(p.session(t, req))
	}
}
