package api

import "net/http"

// crossSite reports whether a request to the session endpoint may come from another site. That endpoint alone reads
// the cookie, so it alone needs the check: a browser says where a request comes from by Sec-Fetch-Site, an older one
// by Origin. A request with the cookie but without either proves nothing and is refused; one with a password alone
// comes from a program.
func crossSite(r *http.Request, origin string, hasCookie bool) bool {
	site, from := r.Header.Values("Sec-Fetch-Site"), r.Header.Values("Origin")
	if len(site) > 1 || len(from) > 1 {
		return true
	}
	if len(site) == 1 && site[0] != "same-origin" && site[0] != "none" {
		return true
	}
	if len(from) == 1 && from[0] != origin {
		return true
	}
	return hasCookie && len(site) == 0 && len(from) == 0
}
