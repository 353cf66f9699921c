//go:build e2e

package e2e_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// startNginx runs the real nginx with the shipped configuration of phase 1. What a machine decides is replaced in it: the
// address to listen on, that of Parlor, and the paths of files. Nothing else is.
func startNginx(t *testing.T, listen, parlorAddr, htpasswd, proxySecret string) {
	t.Helper()
	program := need(t, "nginx", "nginx is needed: install it so that it is on PATH")
	dir := openDir(t)
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	shipped, err := os.ReadFile(filepath.Join("..", "configs", "nginx", "phase1.conf"))
	if err != nil {
		t.Fatal(err)
	}
	site := string(shipped)
	for _, change := range [][2]string{
		{"listen 80;", "listen " + listen + ";"},
		{"server parlor:8080;", "server " + parlorAddr + ";"},
		{"/run/secrets/htpasswd", htpasswd},
		{"/run/secrets/nginx_proxy_auth.conf", write("proxy_auth.conf", fmt.Sprintf("proxy_set_header X-Proxy-Auth %q;\n", proxySecret))},
		{"/var/log/nginx/access.log", filepath.Join(dir, "access.log")},
	} {
		if !strings.Contains(site, change[0]) {
			t.Fatalf("configs/nginx/phase1.conf does not say %q any more", change[0])
		}
		site = strings.ReplaceAll(site, change[0], change[1])
	}
	temporary := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temporary += fmt.Sprintf("%s_temp_path %s;\n", kind, filepath.Join(dir, kind))
	}
	main := write("nginx.conf", fmt.Sprintf("daemon off;\nworker_processes 1;\npid %s;\nerror_log stderr;\nevents {}\nhttp {\n%s include %s;\n}\n",
		filepath.Join(dir, "nginx.pid"), temporary, write("site.conf", site)))
	p := launch(t, nil, program, "-p", dir, "-e", "stderr", "-c", main)
	t.Cleanup(func() { p.terminate(t, 5*time.Second) })
	eventually(t, 10*time.Second, "nginx listens", func() bool {
		p.mustRun(t)
		conn, err := net.DialTimeout("tcp", listen, time.Second)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}
