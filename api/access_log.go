package api

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"parlor/tenants"
)

// traffic counts requests by method, route template and status: labels of which there are few, whatever is sent.
type traffic struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	streams  prometheus.Gauge
	refusals *prometheus.CounterVec
}

// newTraffic makes the metrics and registers them; a nil registerer keeps them unregistered.
func newTraffic(r prometheus.Registerer) (*traffic, error) {
	t := &traffic{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parlor_http_requests_total", Help: "Requests answered, by method, route template and status.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "parlor_http_request_duration_seconds", Help: "Time to answer, without event streams.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "parlor_event_streams", Help: "Open live event streams.",
		}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parlor_auth_refusals_total", Help: "Refused credentials and sign-ins, by public code and by our own word for the reason.",
		}, []string{"code", "reason"}),
	}
	if r == nil {
		return t, nil
	}
	for _, c := range []prometheus.Collector{t.requests, t.seconds, t.streams, t.refusals} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// observe counts and logs each answer, also one that was broken off. The log has the route template and no query, so that neither ids of people
// nor codes of a callback nor tokens get into it.
func (t *traffic) observe(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		start, whole := time.Now(), false
		defer func() { t.note(c, log, start, whole) }() // http.ErrAbortHandler comes by
		c.Next()
		whole = true
	}
}

func (t *traffic) note(c *gin.Context, log *slog.Logger, start time.Time, whole bool) {
	took, route, method := time.Since(start), routeLabel(c), methodLabel(c.Request.Method)
	t.requests.WithLabelValues(method, route, strconv.Itoa(c.Writer.Status())).Inc()
	if c.FullPath() != eventsPath {
		t.seconds.WithLabelValues(method, route).Observe(took.Seconds())
	}
	ctx := c.Request.Context()
	attrs := []slog.Attr{
		slog.String("method", method), slog.String("route", route), slog.Int("status", c.Writer.Status()),
		slog.Duration("duration", took), slog.String("request_id", requestID(ctx)),
	}
	if id, ok := tenants.AccountFrom(ctx); ok {
		attrs = append(attrs, slog.String("account_id", id.String()))
	}
	if !whole {
		attrs = append(attrs, slog.Bool("broken_off", true))
	}
	log.LogAttrs(ctx, slog.LevelInfo, "http.request", attrs...)
}

// catchPanics turns a panic into a 500. The value is logged with its stack but never sent; http.ErrAbortHandler
// keeps its meaning.
func catchPanics(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				ctx := c.Request.Context()
				log.ErrorContext(ctx, "http.panic", "request_id", requestID(ctx), "panic", v, "stack", string(debug.Stack()))
				if !c.Writer.Written() {
					errInternal.answer(c)
				}
				c.Abort()
			}
		}()
		c.Next()
	}
}

// routeLabel is the template of the matched route, or one word for all others.
func routeLabel(c *gin.Context) string {
	if route := c.FullPath(); route != "" {
		return route
	}
	return "unmatched"
}

var knownMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

func methodLabel(method string) string {
	if slices.Contains(knownMethods, method) {
		return method
	}
	return "other"
}
