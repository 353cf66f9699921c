package simulator

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// historyDays is how far back the seeded conversations reach.
const historyDays = 60

// maxBatch is how many updates one webhook of DeliverHistory carries; Instagram sends up to 1,000.
const maxBatch = 100

// writeHistory makes a business's conversations, the same for the same seed and end.
func writeHistory(b Business, seed uint64, conversations int, end time.Time) []Message {
	w := newHistoryWriter(b, seed, end)
	for n := range max(conversations, 0) {
		w.conversation(n)
	}
	return w.messages
}

func newHistoryWriter(b Business, seed uint64, end time.Time) *historyWriter {
	random := rand.New(rand.NewPCG(seed, uint64(len(b.Username))<<32^0x9e3779b97f4a7c15)) //nolint:gosec // believable, not secret
	return &historyWriter{business: b, random: random, end: end, handles: map[string]bool{}}
}

type historyWriter struct {
	business Business
	random   *rand.Rand
	end      time.Time
	handles  map[string]bool
	messages []Message
}

// conversation plays a script of the business with one person. Some break off early, so that somebody waits.
func (w *historyWriter) conversation(n int) {
	scripts := scriptsOf[w.business.Username]
	lines := scripts[(n+w.random.IntN(3))%len(scripts)]
	keep := len(lines)
	if w.random.IntN(3) == 0 {
		keep = 1 + w.random.IntN(len(lines))
	}
	handle := w.newHandle()
	slots := w.slots()
	at := w.start(n)
	for _, line := range lines[:keep] {
		m := w.line(handle, slots.Replace(line), at)
		w.messages = append(w.messages, m)
		if at = at.Add(w.pause(m.Echo)); !at.Before(w.end) {
			return // the rest has not been written yet
		}
	}
}

// line makes a message of a script's line.
func (w *historyWriter) line(handle, line string, at time.Time) Message {
	who, text, _ := strings.Cut(line, " ")
	m := Message{
		MID: newMID(reader{w.random}), BusinessID: w.business.UserID, Customer: handle,
		IGSID: igsidOf(w.business.UserID, handle), Echo: who == "b", Text: text, At: at.Truncate(time.Millisecond),
	}
	if url, ok := strings.CutPrefix(m.Text, "photo "); ok {
		m.Text, m.Attachments = "", []Attachment{{Type: "image", Payload: map[string]any{"url": url}}}
	}
	return m
}

// scriptedMedia is where the scripts' pictures seem to lie.
const scriptedMedia = "https://scontent.cdninstagram.com/v/simulated/"

// hosted lets the scripts' pictures point to this simulator, if it knows where it is reached.
func (s *Simulator) hosted(messages []Message) []Message {
	if s.o.URL == "" {
		return messages
	}
	for _, m := range messages {
		for _, a := range m.Attachments {
			if address, ok := a.Payload["url"].(string); ok {
				if name, scripted := strings.CutPrefix(address, scriptedMedia); scripted {
					a.Payload["url"] = s.o.URL + "/_sim/media/" + name
				}
			}
		}
	}
	return messages
}

// quietDays is how long the conversations of AddHistory have been over at least: no reply window is open any more.
const quietDays = 8

// long plays scripts of the business one after the other, until there are so many messages. Its last one is at least
// quietDays old.
func (w *historyWriter) long(n, messages int) {
	handle, slots := w.newHandle(), w.slots()
	scripts := scriptsOf[w.business.Username]
	at := w.end.Add(-quietDays*24*time.Hour - w.upTo((historyDays-quietDays)*24*time.Hour))
	var lines []string
	for k := n; len(lines) < messages; k++ {
		lines = append(lines, scripts[k%len(scripts)]...)
	}
	first := len(w.messages)
	for _, line := range lines[:messages] {
		m := w.line(handle, slots.Replace(line), at)
		w.messages = append(w.messages, m)
		at = at.Add(w.pause(m.Echo))
	}
	if late := at.Sub(w.end.Add(-quietDays * 24 * time.Hour)); late > 0 {
		for k := first; k < len(w.messages); k++ {
			w.messages[k].At = w.messages[k].At.Add(-late).Truncate(time.Millisecond)
		}
	}
}

// start is when a conversation begins: one in eight in the last day, one in four in the last week, the others before.
func (w *historyWriter) start(n int) time.Time {
	span := historyDays * 24 * time.Hour
	switch {
	case n%8 == 0:
		span = 22 * time.Hour
	case n%4 == 1:
		span = 7 * 24 * time.Hour
	}
	return w.end.Add(-time.Minute - w.upTo(span))
}

// pause is the time until the next line: people answer within minutes, a business within hours.
func (w *historyWriter) pause(afterBusiness bool) time.Duration {
	if afterBusiness {
		return 40*time.Second + w.upTo(35*time.Minute)
	}
	return 90*time.Second + w.upTo(2*time.Hour)
}

func (w *historyWriter) upTo(d time.Duration) time.Duration {
	return time.Duration(w.random.Int64N(int64(d)))
}

func (w *historyWriter) newHandle() string {
	for {
		first, last := pick(w.random, firstNames), pick(w.random, lastNames)
		handle := first + pick(w.random, []string{".", "_", ""}) + last
		if w.random.IntN(3) == 0 {
			handle += strconv.Itoa(1 + w.random.IntN(98))
		}
		if !w.handles[handle] {
			w.handles[handle] = true
			return handle
		}
	}
}

// slots fills what differs between two plays of one script.
func (w *historyWriter) slots() *strings.Replacer {
	pairs := make([]string, 0, 2*len(slotWords))
	for _, slot := range slotWords {
		pairs = append(pairs, "{"+slot.name+"}", pick(w.random, slot.words))
	}
	order := strconv.Itoa(10_000 + w.random.IntN(89_999))
	return strings.NewReplacer(append(pairs, "{order}", order)...)
}

func pick(random *rand.Rand, list []string) string { return list[random.IntN(len(list))] }

// reader gives a random source's bytes.
type reader struct{ random *rand.Rand }

func (r reader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r.random.Uint32())
	}
	return len(p), nil
}

var _ io.Reader = reader{}

// HistoryReport says what DeliverHistory did.
type HistoryReport struct {
	Messages     int      // delivered and answered with 2xx
	Unsubscribed []string // usernames that were left out, for they are not subscribed to messages
}

// DeliverHistory sends the seeded messages of every subscribed business through the webhook, signed, with their own
// times, up to 100 in a body, one body after the other; it returns when all are answered with 2xx, or with ctx's error.
// It may be repeated: the receiver knows them by mid.
func (s *Simulator) DeliverHistory(ctx context.Context) (HistoryReport, error) {
	var report HistoryReport
	room := make(chan struct{}, 1)
	for _, b := range s.Businesses() {
		if !slices.Contains(s.state.subscription(b.UserID), "messages") {
			report.Unsubscribed = append(report.Unsubscribed, b.Username)
			continue
		}
		for batch := range slices.Chunk(s.history[b.UserID], maxBatch) {
			text, err := body(batch, s.now().UnixMilli(), s.state.currentShapes())
			if err != nil {
				return report, err
			}
			err = s.deliver(ctx, room, text)
			s.state.count(err == nil)
			if err != nil {
				return report, fmt.Errorf("deliver the history of %s: %w", b.Username, err)
			}
			report.Messages += len(batch)
		}
	}
	return report, nil
}
