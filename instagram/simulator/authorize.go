package simulator

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// grant is what a code stands for, until it is used.
type grant struct {
	userID      string
	redirectURI string
	scopes      []string
	expiresAt   time.Time
}

// authorization is a request that reached the consent page and may be answered.
type authorization struct {
	redirectURI string
	state       string
	scopes      []string
}

// readAuthorization checks what the app sends with the browser. Before client_id and redirect_uri hold, nothing may be
// redirected anywhere: the person sees an error page instead. Source: Business login for Instagram, read 2026-11-22.
func (s *Simulator) readAuthorization(r *http.Request) (authorization, string) {
	q := r.Form
	switch {
	case q.Get("client_id") != s.o.AppID:
		return authorization{}, "Invalid platform app"
	case !slices.Contains(s.o.RedirectURIs, q.Get("redirect_uri")):
		return authorization{}, "Invalid redirect_uri"
	case q.Get("response_type") != "code":
		return authorization{}, "Invalid response_type"
	}
	scopes := strings.FieldsFunc(q.Get("scope"), func(c rune) bool { return c == ',' || c == ' ' })
	if !slices.Contains(scopes, "instagram_business_basic") {
		return authorization{}, "Invalid scope"
	}
	for _, scope := range scopes {
		if scopeTexts[scope] == "" {
			return authorization{}, "Invalid scope"
		}
	}
	return authorization{redirectURI: q.Get("redirect_uri"), state: q.Get("state"), scopes: scopes}, ""
}

// scopeTexts are the permissions that can be asked for, in the words of the consent page.
var scopeTexts = map[string]string{
	"instagram_business_basic":           "View your profile and posts",
	"instagram_business_manage_messages": "Read and answer your messages",
	"instagram_business_manage_comments": "Read and answer comments",
	"instagram_business_content_publish": "Publish posts",
	"instagram_business_manage_insights": "View insights",
}

// authorize shows the consent page, or answers at once for sim_approve=<username> and sim_deny=1. With sim_scopes=a,b
// only these are granted, as if the person had unticked the others.
func (s *Simulator) authorize(w http.ResponseWriter, r *http.Request) {
	a, fault, ok := s.formAuthorization(w, r)
	if !ok {
		return
	}
	if fault != "" {
		s.errorPage(w, fault)
		return
	}
	if r.Form.Get("sim_deny") != "" {
		deny(w, r, a)
		return
	}
	username := r.Form.Get("sim_approve")
	if username == "" {
		s.consentPage(w, r, a)
		return
	}
	granted := a.scopes
	if only := r.Form.Get("sim_scopes"); only != "" {
		granted = strings.Split(only, ",")
	}
	s.approve(w, r, a, username, granted)
}

// decide takes the consent page's form.
func (s *Simulator) decide(w http.ResponseWriter, r *http.Request) {
	a, fault, ok := s.formAuthorization(w, r)
	if !ok {
		return
	}
	switch {
	case fault != "":
		s.errorPage(w, fault)
	case r.PostForm.Get("decision") != "allow":
		deny(w, r, a)
	default:
		s.approve(w, r, a, r.PostForm.Get("account"), r.PostForm["granted"])
	}
}

func (s *Simulator) formAuthorization(w http.ResponseWriter, r *http.Request) (authorization, string, bool) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "unreadable form", http.StatusBadRequest)
		return authorization{}, "", false
	}
	a, fault := s.readAuthorization(r)
	return a, fault, true
}

const maxFormBytes = 64 << 10

// approve makes a code and sends the browser back with it. Only scopes that were asked for can be granted.
func (s *Simulator) approve(w http.ResponseWriter, r *http.Request, a authorization, account string, granted []string) {
	b, ok := s.business(account)
	if !ok {
		s.errorPage(w, "Unknown account")
		return
	}
	scopes := slices.DeleteFunc(slices.Clone(a.scopes), func(scope string) bool { return !slices.Contains(granted, scope) })
	code := s.newCode(grant{
		userID: b.UserID, redirectURI: a.redirectURI, scopes: scopes, expiresAt: s.now().Add(codeLife),
	})
	goBack(w, r, a, url.Values{"code": {code}})
}

func (s *Simulator) newCode(g grant) string {
	code := "AQ" + rand.Text() + rand.Text() + rand.Text()
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	s.state.codes[code] = g
	return code
}

// useCode takes the code away: it serves once.
func (s *Simulator) useCode(code string) (grant, bool) {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	g, ok := s.state.codes[code]
	delete(s.state.codes, code)
	return g, ok && s.now().Before(g.expiresAt)
}

func deny(w http.ResponseWriter, r *http.Request, a authorization) {
	goBack(w, r, a, url.Values{
		"error": {"access_denied"}, "error_reason": {"user_denied"},
		"error_description": {"The user denied your request"},
	})
}

// goBack redirects to the app. Instagram appends "#_" to a code's address.
func goBack(w http.ResponseWriter, r *http.Request, a authorization, answer url.Values) {
	if a.state != "" {
		answer.Set("state", a.state)
	}
	join := "?"
	if strings.Contains(a.redirectURI, "?") {
		join = "&"
	}
	target := a.redirectURI + join + answer.Encode()
	if answer.Has("code") {
		target += "#_"
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, target, http.StatusSeeOther)
}
