package instagram_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"parlor/instagram"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	tests := []struct {
		err  instagram.APIError
		want instagram.Fault
	}{
		{instagram.APIError{HTTPStatus: 400, Code: 190}, instagram.FaultReconnect},
		{instagram.APIError{HTTPStatus: 401, Code: 190, Subcode: 463}, instagram.FaultReconnect},
		{instagram.APIError{HTTPStatus: 500, Code: 190, Subcode: 458, Transient: &yes}, instagram.FaultReconnect},
		{instagram.APIError{Code: 102}, instagram.FaultReconnect},
		{instagram.APIError{Code: 3}, instagram.FaultPermission},
		{instagram.APIError{Code: 10}, instagram.FaultPermission},
		{instagram.APIError{Code: 200}, instagram.FaultPermission},
		{instagram.APIError{Code: 299}, instagram.FaultPermission},
		{instagram.APIError{HTTPStatus: 403, Code: 10, Subcode: 2534022}, instagram.FaultWindow},
		{instagram.APIError{HTTPStatus: 400, Code: 10, Subcode: 2018278}, instagram.FaultWindow},
		{instagram.APIError{Code: 10, Subcode: 2534014}, instagram.FaultRecipient},
		{instagram.APIError{Code: 100, Subcode: 2534014}, instagram.FaultRecipient},
		{instagram.APIError{Code: 100, Subcode: 2018001}, instagram.FaultRecipient},
		{instagram.APIError{Code: 551}, instagram.FaultRecipient},
		{instagram.APIError{Code: 230}, instagram.FaultRecipient},
		{instagram.APIError{Code: 9010}, instagram.FaultRecipient},
		{instagram.APIError{Code: 4}, instagram.FaultRate},
		{instagram.APIError{Code: 17}, instagram.FaultRate},
		{instagram.APIError{Code: 32}, instagram.FaultRate},
		{instagram.APIError{Code: 341}, instagram.FaultRate},
		{instagram.APIError{HTTPStatus: 400, Code: 613, Subcode: 1996}, instagram.FaultRate},
		{instagram.APIError{Code: 80002, Transient: &no}, instagram.FaultRate},
		{instagram.APIError{HTTPStatus: 429}, instagram.FaultRate},
		{instagram.APIError{Code: 368}, instagram.FaultBlocked},
		{instagram.APIError{Code: 10, Subcode: 1893063}, instagram.FaultBlocked},
		{instagram.APIError{Code: 1}, instagram.FaultTransient},
		{instagram.APIError{Code: 2}, instagram.FaultTransient},
		{instagram.APIError{Code: -1}, instagram.FaultTransient},
		{instagram.APIError{Code: 2, Transient: &no}, instagram.FaultPermanent},
		{instagram.APIError{Code: 100, Transient: &yes}, instagram.FaultTransient},
		{instagram.APIError{Code: 100, Subcode: 1545133}, instagram.FaultTransient},
		{instagram.APIError{HTTPStatus: 502}, instagram.FaultTransient},
		{instagram.APIError{HTTPStatus: 400, Code: 100, Subcode: 33}, instagram.FaultPermanent},
		{instagram.APIError{HTTPStatus: 400, Code: 400}, instagram.FaultPermanent},
		{instagram.APIError{Code: 506}, instagram.FaultPermanent},
		{instagram.APIError{HTTPStatus: 404}, instagram.FaultPermanent},
	}
	for _, tc := range tests {
		if got := tc.err.Fault(); got != tc.want {
			t.Errorf("%v is %q, want %q", &tc.err, got, tc.want)
		}
	}
	if instagram.FaultOf(nil) != instagram.FaultNone || instagram.FaultOf(errors.New("x")) != instagram.FaultNone {
		t.Error("no fault is a fault")
	}
}

func TestErrorAnswers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status int
		body   string
		want   instagram.APIError
	}{
		"nested":       {400, `{"error":{"message":"x","type":"IGApiException","code":100,"error_subcode":33,"is_transient":false,"fbtrace_id":"AbC"}}`, instagram.APIError{HTTPStatus: 400, Code: 100, Subcode: 33, TraceID: "AbC"}},
		"flat":         {400, `{"error_type":"OAuthException","code":400,"error_message":"x"}`, instagram.APIError{HTTPStatus: 400, Code: 400}},
		"quoted code":  {400, `{"error":{"code":"190"}}`, instagram.APIError{HTTPStatus: 400, Code: 190}},
		"in a 200":     {200, `{"error":{"code":4}}`, instagram.APIError{HTTPStatus: 200, Code: 4}},
		"html":         {502, `<html>`, instagram.APIError{HTTPStatus: 502}},
		"empty":        {500, ``, instagram.APIError{HTTPStatus: 500}},
		"odd trace id": {400, `{"error":{"code":1,"fbtrace_id":"a b"}}`, instagram.APIError{HTTPStatus: 400, Code: 1}},
	}
	for name, tc := range tests {
		_, err := answering(t, tc.status, tc.body).Me(t.Context(), secretToken)
		var got *instagram.APIError
		if !errors.As(err, &got) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.HTTPStatus != tc.want.HTTPStatus || got.Code != tc.want.Code || got.Subcode != tc.want.Subcode || got.TraceID != tc.want.TraceID || got.Operation != "read profile" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for header, want := range map[string]time.Duration{"30": 30 * time.Second, "99999": time.Hour, "-1": 0, "soon": 0, "": 0} {
		client := serving(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(http.StatusTooManyRequests)
		})
		_, err := client.Me(t.Context(), secretToken)
		var got *instagram.APIError
		if !errors.As(err, &got) || got.RetryAfter != want || got.Fault() != instagram.FaultRate {
			t.Errorf("Retry-After %q: %v", header, err)
		}
	}
}
