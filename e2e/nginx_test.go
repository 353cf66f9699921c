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

// nginxAround is what stands around the site. Its relative paths lie below the folder that nginx is started with.
const nginxAround = `daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr;
events {}
http {
	client_body_temp_path client_body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	include %s;
}
`

// startNginx runs the real nginx with the shipped configuration of phase 1. What a machine decides is replaced in it: the
// address to listen on, that of Parlor, and the paths of files. Nothing else is.
func startNginx(t *testing.T, listen, parlorAddr, htpasswd, proxySecret string) {
	t.Helper()
	program := need(t, "nginx is needed: install it", "nginx", "/usr/sbin/nginx") // Debian's sbin is not on everybody's PATH
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
		{"server parlor:8080 ", "server " + parlorAddr + " "},
		{"/run/secrets/htpasswd", htpasswd},
		{"/run/secrets/nginx_proxy_auth.conf", write("proxy_auth.conf", fmt.Sprintf("proxy_set_header X-Proxy-Auth %q;\n", proxySecret))},
		{"/var/log/nginx/access.log", filepath.Join(dir, "access.log")},
	} {
		if !strings.Contains(site, change[0]) {
			t.Fatalf("configs/nginx/phase1.conf does not say %q any more", change[0])
		}
		site = strings.ReplaceAll(site, change[0], change[1])
	}
	around := write("nginx.conf", fmt.Sprintf(nginxAround, write("site.conf", site)))
	p := launch(t, nil, program, "-p", dir, "-e", "stderr", "-c", around)
	eventually(t, 10*time.Second, "nginx listens", func() bool {
		p.mustRun(t)
		conn, err := net.DialTimeout("tcp", listen, time.Second)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}
