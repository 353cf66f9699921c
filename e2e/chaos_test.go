//go:build e2e

package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// chaosPlan says how much of a bad day is played. PARLOR_TEST_CHAOS=long plays all of it (`make chaos`).
type chaosPlan struct {
	customers, inbound, outbound int
	kills, restarts              int
	lasts                        time.Duration // of the time in which messages are written
}

var (
	shortChaos = chaosPlan{customers: 40, inbound: 200, outbound: 50, kills: 2, restarts: 1, lasts: 40 * time.Second}
	longChaos  = chaosPlan{customers: 250, inbound: 2000, outbound: 500, kills: 5, restarts: 2, lasts: 4 * time.Minute}
)

// chaosSeed makes a run repeatable as far as the faults go; PARLOR_TEST_SEED takes another.
const chaosSeed = 20261123

// A bad day: customers write and the account answers while webhooks are doubled, reordered, delayed and dropped, Instagram answers with 429,
// 5xx, HTML and nothing at all, takes messages and hangs, the token ends, two instances are killed in turn and the database goes away. In the
// end everything that Instagram holds is in Parlor once, and every reply reached its customer once or says that it did not.
func TestChaos(t *testing.T) {
	t.Parallel()
	plan := shortChaos
	if os.Getenv("PARLOR_TEST_CHAOS") == "long" {
		plan = longChaos
	}
	r := newChaosRig(t, plan, func(*chaosRig) {})
	r.faults(t)
	day := &badDay{rig: r, random: rand.New(rand.NewPCG(r.seed, 1)), said: map[string]*saying{}}
	var work sync.WaitGroup
	work.Go(func() { day.customersWrite(t) })
	work.Go(func() { day.accountAnswers(t) })
	r.trouble(t)
	work.Wait()
	r.calm(t)
	r.settled(t)
	day.check(t)
}

// saying is one reply as its author knows it.
type saying struct {
	text, conversation string
	clientID           uuid.UUID
	order              int
	messageID          string
	accepted           bool
}

// badDay is what people do meanwhile.
type badDay struct {
	rig    *chaosRig
	random *rand.Rand
	mu     sync.Mutex
	said   map[string]*saying // by text
}

// pace spreads n acts over the day.
func (d *badDay) pace(n int) time.Duration { return d.rig.plan.lasts / time.Duration(n) }

func (d *badDay) customersWrite(t *testing.T) {
	for n := range d.rig.plan.inbound {
		customer := fmt.Sprintf("chaos.customer%d", n%d.rig.plan.customers)
		d.rig.write(t, customer, fmt.Sprintf("inbound %d", n))
		time.Sleep(d.pace(d.rig.plan.inbound))
	}
}

// accountAnswers replies to whoever has a conversation, at whichever instance is up, and repeats what was not answered.
func (d *badDay) accountAnswers(t *testing.T) {
	client := &replyClient{rig: d.rig}
	for n := range d.rig.plan.outbound {
		conversation := client.someConversation(t, n)
		s := &saying{text: fmt.Sprintf("outbound %d", n), conversation: conversation, clientID: uuid.New(), order: n}
		d.mu.Lock()
		d.said[s.text] = s
		d.mu.Unlock()
		s.messageID, s.accepted = client.reply(t, s)
		time.Sleep(d.pace(d.rig.plan.outbound))
	}
}

// replyClient is a careful program in the account's place.
type replyClient struct {
	rig   *chaosRig
	known []string
}

// someConversation returns a conversation that is there, another one each time.
func (c *replyClient) someConversation(t *testing.T, n int) string {
	t.Helper()
	if n%20 == 0 || len(c.known) == 0 {
		eventually(t, 3*time.Minute, "a conversation is there", func() bool {
			page := call(t, c.rig.ask(t, http.MethodGet, "/api/v1/ui/conversations?limit=100", ""))
			if page.Status != http.StatusOK {
				c.rig.signIn(t)
				return false
			}
			c.known = nil
			for _, item := range page.Items {
				c.known = append(c.known, item.ID)
			}
			return len(c.known) > 0
		})
	}
	return c.known[n%len(c.known)]
}

// reply repeats a request until it is decided. The client id makes that safe.
func (c *replyClient) reply(t *testing.T, s *saying) (messageID string, accepted bool) {
	t.Helper()
	body := fmt.Sprintf(`{"client_id":%q,"text":%q}`, s.clientID, s.text)
	eventually(t, 3*time.Minute, "a reply is taken in", func() bool {
		got := call(t, c.rig.ask(t, http.MethodPost, "/api/v1/ui/conversations/"+s.conversation+"/messages", body))
		switch got.Status {
		case http.StatusCreated, http.StatusOK:
			messageID, accepted = got.ID, true
			return true
		case http.StatusUnauthorized:
			c.rig.signIn(t)
		case http.StatusConflict, 0, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusInternalServerError:
		default:
			t.Errorf("a reply is answered with %d %s", got.Status, got.Code)
			return true
		}
		return false
	})
	return messageID, accepted
}
