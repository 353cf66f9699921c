//go:build e2e

package e2e_test

import (
	"net/http"
	"path/filepath"
	"testing"

	"parlor/instagram/simulator"
)

// The operator's side of an installation: an account that waits is let in, the console's pages, an API key's life, the last owner, a sign-in
// that is no longer fresh, and the link for the day on which no other door opens.
func TestStaffStory(t *testing.T) {
	t.Parallel()
	i := install(t)
	sim := startSimulator(t, i)
	i.db.InsertAccount(t, defaultUserID, "casalumen")
	business := sim.Businesses()[1]
	i.environ = append(i.environ,
		i.self(), "PARLOR_PROVIDERS=bootstrap,instagram", "PARLOR_ACCOUNT_CREATION=approval", "PARLOR_PUBLIC_URL="+i.url,
		"PARLOR_INSTAGRAM_APP_ID="+simulator.DefaultAppID, "PARLOR_INSTAGRAM_VERIFY_TOKEN="+sim.verifyToken,
		"PARLOR_INSTAGRAM_GRAPH_URL="+sim.url, "PARLOR_INSTAGRAM_API_URL="+sim.url, "PARLOR_INSTAGRAM_AUTHORIZE_URL="+sim.url+"/oauth/authorize")
	i.serve(t, i.addr)
	input := map[string]any{
		"url": i.url, "simulatorURL": sim.url, "account": "casalumen", "waiting": business.Username,
		"operator": map[string]any{"username": operatorName, "password": i.password},
		"kept":     filepath.Join(t.TempDir(), "operator.json"), // the operator's browser, between the stories
	}
	var first struct {
		Key string `json:"key"` // revoked in the end
	}
	tell(t, "staff", input, &first)
	if got := call(t, i.at(t, i.addr, http.MethodGet, "/api/v1/conversations", first.Key)); got.Status != http.StatusUnauthorized {
		t.Errorf("a revoked key is answered %d", got.Status)
	}

	if _, err := i.admin(t).Exec(t.Context(), "update platform.sessions set auth_time = auth_time - interval '20 minutes'"); err != nil {
		t.Fatal(err)
	}
	input["link"] = parlor(t, i.environ, "break-glass", "--user", "mika", "--reason", "The OpenID provider is down")
	tell(t, "staff-later", input, &struct{}{})
}
