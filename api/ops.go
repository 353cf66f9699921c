package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// readyTimeout bounds one readiness check.
const readyTimeout = 2 * time.Second

// Check is one condition that must hold before traffic is sent here.
type Check struct {
	Name string                      // as shown by /readyz: "database", "revocations"
	Ok   func(context.Context) error // nil when it holds; must respect the context
}

// OpsDeps is what the operations listener needs. The zero value serves /healthz and an always ready /readyz.
type OpsDeps struct {
	Checks  []Check
	Metrics prometheus.Gatherer // default: no metrics
	Logger  *slog.Logger        // default: discards
}

// NewOps returns the handler of the operations listener, which must not be reachable from outside: /healthz says
// that the process runs, /readyz names each check, /metrics is for Prometheus.
func NewOps(d OpsDeps) http.Handler {
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, health{Status: "ok"}) })
	mux.HandleFunc("GET /readyz", d.ready)
	if d.Metrics != nil {
		mux.Handle("GET /metrics", promhttp.HandlerFor(d.Metrics, promhttp.HandlerOpts{}))
	}
	return mux
}

type health struct {
	Status string            `json:"status"`
	Checks map[string]string `json:"checks,omitempty"`
}

// ready answers 200 when every check holds, else 503; the reason goes to the log, the name of the check to the answer.
func (d OpsDeps) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	answer, status := health{Status: "ready", Checks: map[string]string{}}, http.StatusOK
	for _, check := range d.Checks {
		answer.Checks[check.Name] = "ok"
		if err := check.Ok(ctx); err != nil {
			answer.Checks[check.Name] = "failing"
			answer.Status, status = "not ready", http.StatusServiceUnavailable
			d.Logger.WarnContext(ctx, "ops.not_ready", "check", check.Name, "error", err.Error())
		}
	}
	writeJSON(w, status, answer)
}

func writeJSON(w http.ResponseWriter, status int, body health) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) //nolint:errchkjson // strings alone; who asked may be gone
}
