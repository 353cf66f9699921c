package api_test

import (
	"net/http"
	"testing"

	"parlor/api"
)

func TestCrossSite(t *testing.T) {
	t.Parallel()
	type headers = map[string][]string
	tests := map[string]struct {
		headers headers
		cookie  bool
		refused bool
	}{
		"our own page":                     {headers{"Sec-Fetch-Site": {"same-origin"}, "Origin": {origin}}, true, false},
		"our own page, without Origin":     {headers{"Sec-Fetch-Site": {"same-origin"}}, true, false},
		"an older browser":                 {headers{"Origin": {origin}}, true, false},
		"typed by the user":                {headers{"Sec-Fetch-Site": {"none"}}, true, false},
		"a program with a password":        {headers{}, false, false},
		"a program with the cookie":        {headers{}, true, true},
		"another site":                     {headers{"Sec-Fetch-Site": {"cross-site"}}, true, true},
		"another site, without the cookie": {headers{"Sec-Fetch-Site": {"cross-site"}}, false, true},
		"another origin of our site":       {headers{"Sec-Fetch-Site": {"same-site"}}, true, true},
		"an unknown word":                  {headers{"Sec-Fetch-Site": {"same-origin, cross-site"}}, true, true},
		"an empty word":                    {headers{"Sec-Fetch-Site": {""}}, true, true},
		"two words":                        {headers{"Sec-Fetch-Site": {"same-origin", "cross-site"}}, true, true},
		"a foreign origin":                 {headers{"Origin": {"https://evil.example"}}, true, true},
		"an opaque origin":                 {headers{"Origin": {"null"}}, true, true},
		"another port":                     {headers{"Origin": {"http://localhost:8090"}}, true, true},
		"another scheme":                   {headers{"Origin": {"https://localhost:8080"}}, true, true},
		"a loopback alias":                 {headers{"Origin": {"http://127.0.0.1:8080"}}, true, true},
		"a longer name":                    {headers{"Origin": {origin + ".evil.example"}}, true, true},
		"two origins":                      {headers{"Origin": {origin, "https://evil.example"}}, true, true},
		"a claim that does not fit":        {headers{"Sec-Fetch-Site": {"same-origin"}, "Origin": {"https://evil.example"}}, true, true},
	}
	for name, tc := range tests {
		if got := api.CrossSite(&http.Request{Header: tc.headers}, origin, tc.cookie); got != tc.refused {
			t.Errorf("%s: refused = %v, want %v", name, got, tc.refused)
		}
	}
}
