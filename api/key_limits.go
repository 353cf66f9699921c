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

// maxKeyLimits bounds what is remembered; forgetting a key gives it a fresh minute.
const maxKeyLimits = 10_000

// keyLimits gives each key so many requests a minute, on this instance. The headers are those of the IETF's draft "RateLimit header fields for
// HTTP" (draft-ietf-httpapi-ratelimit-headers-10).
type keyLimits struct {
	perMinute int
	now       func() time.Time

	mu    sync.Mutex
	byKey map[string]*rate.Limiter
}

func newKeyLimits(perMinute int, now func() time.Time) *keyLimits {
	if perMinute <= 0 {
		perMinute = DefaultKeyRate
	}
	return &keyLimits{perMinute: perMinute, now: now, byKey: map[string]*rate.Limiter{}}
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

func (l *keyLimits) of(key string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter := l.byKey[key]
	if limiter == nil {
		if len(l.byKey) >= maxKeyLimits {
			clear(l.byKey)
		}
		limiter = rate.NewLimiter(rate.Limit(float64(l.perMinute)/60), l.perMinute)
		l.byKey[key] = limiter
	}
	return limiter
}
