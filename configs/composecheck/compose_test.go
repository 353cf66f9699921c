package composecheck_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"

	"parlor/configs"

	"composecheck"
)

const (
	phase1 = "../../docker-compose.yml"
	phase2 = "../../docker-compose.oauth.yml"
)

// forPhase2 is what phase 2 asks for.
var forPhase2 = []string{"PARLOR_PUBLIC_URL=https://inbox.acme.org", "PARLOR_INSTAGRAM_APP_ID=990602627938098"}

func load(t *testing.T, variables []string, files ...string) *types.Project {
	t.Helper()
	project, err := composecheck.Load(t.Context(), variables, files...)
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// secretTexts are contents as `parlor secrets` writes them.
var secretTexts = map[string]string{
	"database_url":           "postgres://parlor_app_login:a@postgres/parlor",
	"platform_database_url":  "postgres://parlor_platform_login:b@postgres/parlor",
	"migrate_database_url":   "postgres://parlor_migrate_login:c@postgres/parlor",
	"admin_database_url":     "postgres://postgres:d@postgres/postgres",
	"session_keys":           `[{"kid":"2026-11-23","key":"pJ0u1b7cV3dQ8yZx5nRk2tWm9sLf6hGa4eBq0iToXw0="}]`,
	"sealing_key":            "8mT3xq0Zk1vLr7yUe5nWc2bHs9dGf4aJi6pQo0tXuVY=",
	"push_key":               "Zk3Vn8Qw1Lc6Xr9Tb4Yp7Md2Hs5Gf0Ja8Ue6Ri3Ko1E=",
	"audit_key":              "q4Vt8Zc1Xn6Lb3Rk7Wy2Pj9Md5Hs0Gf4Ua8Te3Qo6I0=",
	"oidc_client_secret":     "",
	"proxy_secret":           "Yq7rN2uVx0bLm4sKd8wEj1zTf5gHc9aPi3oQe6tRnX0=",
	"instagram_app_secret":   "7d1f0c9e2b4a68538f6e1d2c3b4a5968",
	"instagram_verify_token": "QX7D2LBNV5TJ3MZKCW4RFH6YGA",
	"instagram_access_token": "",
}

// environ is the service's environment with the mounted secrets in a folder of the test's.
func environ(t *testing.T, service types.ServiceConfig) []string {
	t.Helper()
	folder := t.TempDir()
	for _, secret := range service.Secrets {
		text, ok := secretTexts[secret.Source]
		if !ok {
			t.Fatalf("service %s mounts the secret %s, which `parlor secrets` does not make", service.Name, secret.Source)
		}
		if err := os.WriteFile(filepath.Join(folder, secret.Source), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list := composecheck.Environ(service)
	for i, pair := range list {
		list[i] = strings.Replace(pair, "=/run/secrets/", "="+folder+"/", 1)
	}
	return list
}

// Parlor itself must take the environment that the files give it: every key known, nothing required missing, every
// secret mounted where its key says.
func TestParlorTakesTheEnvironment(t *testing.T) {
	tests := map[string]struct {
		variables, files, providers []string
	}{
		"phase 1": {nil, []string{phase1}, []string{"bootstrap"}},
		"phase 1 with its account": {
			[]string{"PARLOR_BOOTSTRAP_INSTAGRAM_USER_ID=17841463072915507"}, []string{phase1}, []string{"bootstrap"},
		},
		"phase 2": {forPhase2, []string{phase1, phase2}, []string{"bootstrap", "instagram"}},
		"phase 2 without bootstrap": {
			append([]string{"PARLOR_PROVIDERS=instagram"}, forPhase2...), []string{phase1, phase2}, []string{"instagram"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			project := load(t, tc.variables, tc.files...)
			c, err := configs.FromEnv(environ(t, project.Services["parlor"]))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(c.Providers, tc.providers) {
				t.Errorf("providers = %v, want %v", c.Providers, tc.providers)
			}
			proxy := project.Services["nginx"].Networks["inside"].Ipv4Address
			if len(c.Bootstrap.ProxyCIDRs) != 1 || c.Bootstrap.ProxyCIDRs[0].Addr().String() != proxy {
				t.Errorf("Parlor believes %v, nginx is %s", c.Bootstrap.ProxyCIDRs, proxy)
			}
		})
	}
}

func TestOneShotServicesTakeTheirURLs(t *testing.T) {
	project := load(t, nil, phase1)
	if _, err := configs.DatabaseFromEnv(environ(t, project.Services["db-init"]),
		"ADMIN_DATABASE_URL", "DATABASE_URL", "PLATFORM_DATABASE_URL", "MIGRATE_DATABASE_URL"); err != nil {
		t.Errorf("db-init: %v", err)
	}
	if _, err := configs.DatabaseFromEnv(environ(t, project.Services["migrate"]), "MIGRATE_DATABASE_URL"); err != nil {
		t.Errorf("migrate: %v", err)
	}
}

func TestPhase2AsksForWhatItNeeds(t *testing.T) {
	for _, missing := range forPhase2 {
		key, _, _ := strings.Cut(missing, "=")
		given := slices.DeleteFunc(slices.Clone(forPhase2), func(v string) bool { return v == missing })
		_, err := composecheck.Load(t.Context(), given, phase1, phase2)
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("without %s: err = %v", key, err)
		}
	}
}

func TestTheHouseIsClosed(t *testing.T) {
	project := load(t, nil, phase1)
	for name, service := range project.Services {
		if name != "nginx" && len(service.Ports) > 0 {
			t.Errorf("%s is published to the host", name)
		}
		for key, value := range service.Environment {
			secret := strings.HasSuffix(key, "_SECRET") || strings.HasSuffix(key, "_DATABASE_URL") || key == "PARLOR_DATABASE_URL" || strings.HasSuffix(key, "_PASSWORD")
			if secret && value != nil && *value != "" {
				t.Errorf("%s: %s is in the environment and not in a file", name, key)
			}
		}
		if (name == "parlor" || name == "db-init" || name == "migrate") && (!service.ReadOnly || len(service.CapDrop) == 0) {
			t.Errorf("%s may write its root or has capabilities", name)
		}
		if service.HealthCheck == nil && service.Restart != "no" {
			t.Errorf("%s has no health check", name)
		}
	}
	for _, port := range project.Services["nginx"].Ports {
		if port.HostIP != "127.0.0.1" {
			t.Errorf("nginx is published on %q unless somebody says otherwise", port.HostIP)
		}
	}
	if slices.Contains(project.ServiceNames(), "migrate") && project.Services["parlor"].DependsOn["migrate"].Condition != "service_completed_successfully" {
		t.Error("Parlor does not wait for the migrations")
	}
}

// What the files mount from the repository must be there.
func TestMountedFilesExist(t *testing.T) {
	project := load(t, nil, phase1)
	for name, service := range project.Services {
		for _, volume := range service.Volumes {
			if volume.Type != types.VolumeTypeBind {
				continue
			}
			if info, err := os.Stat(volume.Source); err != nil || info.IsDir() {
				t.Errorf("%s mounts %s: %v", name, volume.Source, err)
			}
		}
	}
}

// The loader must notice what this module exists for.
func TestFaultsAreFound(t *testing.T) {
	tests := map[string]struct{ file, want string }{
		"unknown key":     {"services: {a: {image: x, imgae: y}}", "imgae"},
		"missing service": {"services: {a: {image: x, depends_on: [b]}}", `"b"`},
		"unset variable":  {`services: {a: {image: "${NOT_SET:?say which image}"}}`, "say which image"},
		"missing secret":  {"services: {a: {image: x, secrets: [s]}}", "undefined secret s"},
		"missing network": {"services: {a: {image: x, networks: [n]}}", "undefined network n"},
		"not YAML":        {"services: {", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "docker-compose.yml")
			if err := os.WriteFile(file, []byte("name: t\n"+tc.file+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := composecheck.Load(t.Context(), nil, file)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("err = %v, want one about %q", err, tc.want)
			}
		})
	}
}
