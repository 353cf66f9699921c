package instagram

import (
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"parlor/tenants"
)

// How long an account rests that Instagram has told to stop, without saying for how long: calls made meanwhile prolong it.
const (
	firstRest = 4 * time.Second
	maxRest   = 15 * time.Minute
)

// waits counts for each account how often in a row Instagram told it to stop. The zero value is ready.
type waits struct {
	mu     sync.Mutex
	inARow map[tenants.AccountID]int
}

// after returns how long the account must rest after a call that ended with err.
func (w *waits) after(account tenants.AccountID, err error) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if FaultOf(err) != FaultRate {
		delete(w.inARow, account)
		return 0
	}
	if w.inARow == nil {
		w.inARow = map[tenants.AccountID]int{}
	}
	times := w.inARow[account]
	w.inARow[account] = times + 1
	rest := min(firstRest<<min(times, 16), maxRest)
	var api *APIError
	if errors.As(err, &api) && api.RetryAfter > 0 {
		rest = api.RetryAfter
	}
	return rest + rand.N(rest/8) //nolint:gosec // no secret
}
