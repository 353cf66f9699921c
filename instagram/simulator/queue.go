package simulator

import (
	"context"
	"sync"
	"time"
)

// delivery is a webhook on its way.
type delivery struct {
	body  []byte
	delay time.Duration // before the first attempt
	// overtaken is closed when the next delivery is over, which this one lets pass; nil: it waits for none. It waits at
	// most for delay.
	overtaken chan struct{}
	passes    *delivery     // whom it overtakes
	over      chan struct{} // closed when it was accepted or given up
}

// queue holds the webhooks that wait for Run. It has no bound: nothing accepted from the phone is dropped.
type queue struct {
	mu      sync.Mutex
	waiting []*delivery
	aside   *delivery // stepped aside for the next one
	wake    chan struct{}
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

func (q *queue) push(d *delivery) {
	q.mu.Lock()
	q.waiting = append(q.waiting, d)
	d.passes, q.aside = q.aside, nil
	if d.overtaken != nil {
		q.aside = d
	}
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default: // a wake-up is pending already
	}
}

// next waits for a delivery. One caller at a time.
func (q *queue) next(ctx context.Context) (*delivery, error) {
	for {
		if d := q.pop(); d != nil {
			return d, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-q.wake:
		}
	}
}

func (q *queue) pop() *delivery {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return nil
	}
	d := q.waiting[0]
	q.waiting = q.waiting[1:]
	return d
}

// reorderPatience is how long a webhook waits to be overtaken, when its fault does not say.
const reorderPatience = time.Second

// enqueue puts a webhook on its way, as the faults let it. What it returns is closed when the webhook is over: accepted,
// given up or dropped.
func (s *Simulator) enqueue(businessID string, body []byte) (over <-chan struct{}) {
	faults := s.state.webhookFaults(businessID)
	d := &delivery{body: body, over: make(chan struct{})}
	if _, dropped := faults[FaultDrop]; dropped {
		close(d.over)
		return d.over
	}
	if f, late := faults[FaultDelay]; late {
		d.delay = f.delay()
	}
	if f, aside := faults[FaultReorder]; aside {
		d.overtaken, d.delay = make(chan struct{}), max(d.delay, f.delay())
		if d.delay == 0 {
			d.delay = reorderPatience
		}
	}
	s.queue.push(d)
	if f, twice := faults[FaultDuplicate]; twice {
		s.queue.push(&delivery{body: body, delay: f.delay(), over: make(chan struct{})})
	}
	return d.over
}

func (f Fault) delay() time.Duration { return time.Duration(f.DelayMS) * time.Millisecond }

// carry brings one delivery to its end.
func (s *Simulator) carry(ctx context.Context, room chan struct{}, d *delivery) {
	defer close(d.over)
	if d.passes != nil {
		defer close(d.passes.overtaken)
	}
	patience := time.NewTimer(d.delay)
	defer patience.Stop()
	select {
	case <-ctx.Done():
		return
	case <-d.overtaken: // never, when there is nothing to wait for
	case <-patience.C:
	}
	s.state.count(s.deliver(ctx, room, d.body) == nil)
}
