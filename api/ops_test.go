package api_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"parlor/api"
)

func TestReadinessNamesEachCheck(t *testing.T) {
	t.Parallel()
	var fault error
	c := &client{t: t, handler: api.NewOps(api.OpsDeps{Checks: []api.Check{
		{Name: "database", Ok: func(context.Context) error { return fault }},
		{Name: "revocations", Ok: func(context.Context) error { return nil }},
	}})}
	if a := c.do("GET", "/readyz"); a.status != 200 || !strings.Contains(a.body, `"database":"ok"`) {
		t.Errorf("ready: %d %s", a.status, a.body)
	}
	fault = errors.New("dial tcp 10.0.0.7:5432: password hunter2")
	a := c.do("GET", "/readyz")
	if a.status != 503 || !strings.Contains(a.body, `"database":"failing"`) || !strings.Contains(a.body, `"revocations":"ok"`) {
		t.Errorf("not ready: %d %s", a.status, a.body)
	}
	if strings.Contains(a.body, "hunter2") {
		t.Errorf("the reason is shown: %s", a.body)
	}
	if a := c.do("GET", "/healthz"); a.status != 200 {
		t.Errorf("alive: %d", a.status)
	}
}

func TestMetricsHaveRouteTemplatesOnly(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	public := bare(t, func(d *api.Deps) { d.Metrics, d.UI = registry, built() })
	public.do("GET", "/api/v1/ui/conversations/0198f2a0-0000-7000-8000-000000000001?secret=1")
	public.do("GET", "/login")
	public.do("BREW", "/coffee")
	metrics := (&client{t: t, handler: api.NewOps(api.OpsDeps{Metrics: registry})}).do("GET", "/metrics").body
	for _, want := range []string{
		`parlor_http_requests_total{method="GET",route="/api/v1/ui/conversations/:conversation_id",status="401"} 1`,
		`parlor_http_requests_total{method="GET",route="unmatched",status="200"} 1`,
		`method="other",route="unmatched"`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	for _, never := range []string{"0198f2a0", "secret", "coffee", "BREW"} {
		if strings.Contains(metrics, never) {
			t.Errorf("metrics contain %q", never)
		}
	}
}
