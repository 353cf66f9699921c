package media

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"parlor/tenants"
)

const (
	// seatWait is how long a request waits for its turn: a page of pictures asks for all of them at once.
	seatWait = 10 * time.Second
	// waitersPerSeat bounds how many wait, as a multiple of an account's seats.
	waitersPerSeat = 8
)

// seats bounds how many files are passed on at once, by all and for each account, and thereby the memory, the connections and how much one
// account can take from the others.
type seats struct {
	all        *semaphore.Weighted
	perAccount int
	mu         sync.Mutex
	accounts   map[tenants.AccountID]*line
}

// line is an account's own seats, and how many requests hold or want one.
type line struct {
	seats *semaphore.Weighted
	users int
}

func newSeats(all, perAccount int) *seats {
	return &seats{all: semaphore.NewWeighted(int64(all)), perAccount: perAccount, accounts: map[tenants.AccountID]*line{}}
}

// take waits for a seat of the account and one of the instance, in this order: who waits in the account's line holds up nobody else.
// ErrBusy when it takes too long or too many wait already.
func (s *seats) take(ctx context.Context, account tenants.AccountID) (release func(), err error) {
	l, ok := s.join(account)
	if !ok {
		return nil, ErrBusy
	}
	ctx, cancel := context.WithTimeout(ctx, seatWait)
	defer cancel()
	if l.seats.Acquire(ctx, 1) != nil {
		s.leave(account, l)
		return nil, ErrBusy
	}
	if s.all.Acquire(ctx, 1) != nil {
		l.seats.Release(1)
		s.leave(account, l)
		return nil, ErrBusy
	}
	return sync.OnceFunc(func() {
		s.all.Release(1)
		l.seats.Release(1)
		s.leave(account, l)
	}), nil
}

func (s *seats) join(account tenants.AccountID) (*line, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.accounts[account]
	if l == nil {
		l = &line{seats: semaphore.NewWeighted(int64(s.perAccount))}
		s.accounts[account] = l
	}
	if l.users >= s.perAccount*(1+waitersPerSeat) {
		return nil, false
	}
	l.users++
	return l, true
}

func (s *seats) leave(account tenants.AccountID, l *line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.users--; l.users == 0 {
		delete(s.accounts, account)
	}
}
