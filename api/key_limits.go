package api

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"
)

// DefaultKeyRate is how many requests a minute an API key may make to one instance.
const DefaultKeyRate = 600

// wrongKeyRate is how many wrong keys a minute one client may send to one instance.
const wrongKeyRate = 60

// maxLimiters bounds what is remembered; forgetting somebody gives them a fresh minute.
const maxLimiters = 10_000

// limiters gives each name so much a minute, on this instance.
type limiters struct {
	perMinute int
	now       func() time.Time

	mu     sync.Mutex
	byName map[string]*rate.Limiter
}

func newLimiters(perMinute int, now func() time.Time) *limiters {
	return &limiters{perMinute: perMinute, now: now, byName: map[string]*rate.Limiter{}}
}

// keyLimits gives each key so many requests a minute. The headers are those of the IETF's draft "RateLimit header fields for HTTP"
// (draft-ietf-httpapi-ratelimit-headers-10).
type keyLimits struct{ *limiters }

func newKeyLimits(perMinute int, now func() time.Time) *keyLimits {
	if perMinute <= 0 {
		perMinute = DefaultKeyRate
	}
	return &keyLimits{newLimiters(perMinute, now)}
}

// take uses one request of the key's and says in the headers how many are left.
func (l *keyLimits) take(c *gin.Context, key string) error {
	limiter, now := l.of(key), l.now()
	granted := limiter.AllowN(now, 1)
	tokens := limiter.TokensAt(now)
	perSecond := float64(l.perMinute) / 60
	c.Header("RateLimit-Policy", fmt.Sprintf(`"key";q=%d;w=60`, l.perMinute))
	refill := int((float64(l.perMinute) - tokens) / perSecond) // until all of them are there again
	c.Header("RateLimit", `"key";r=`+strconv.Itoa(max(0, int(tokens)))+";t="+strconv.Itoa(max(0, refill)))
	if !granted {
		return errRateLimited.retryAfter(time.Duration((1 - tokens) / perSecond * float64(time.Second)))
	}
	return nil
}

func (l *limiters) of(name string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter := l.byName[name]
	if limiter == nil {
		if len(l.byName) >= maxLimiters {
			clear(l.byName)
		}
		limiter = rate.NewLimiter(rate.Limit(float64(l.perMinute)/60), l.perMinute)
		l.byName[name] = limiter
	}
	return limiter
}

// exhausted returns a refusal when a client has sent as many wrong keys as it may.
func (l *limiters) exhausted(client string) error {
	if tokens := l.of(client).TokensAt(l.now()); tokens < 1 {
		return errRateLimited.retryAfter(time.Duration((1 - tokens) / (float64(l.perMinute) / 60) * float64(time.Second)))
	}
	return nil
}

// spend counts one wrong key of a client.
func (l *limiters) spend(client string) { l.of(client).AllowN(l.now(), 1) }
