package simulator

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
)

//go:embed pages
var pages embed.FS

var (
	consentTemplate = template.Must(template.ParseFS(pages, "pages/consent.html"))
	errorTemplate   = template.Must(template.ParseFS(pages, "pages/error.html"))
)

func (s *Simulator) pageRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /phone", static("pages/phone.html", "text/html; charset=utf-8"))
	mux.HandleFunc("GET /phone/app.js", static("pages/phone.js", "text/javascript; charset=utf-8"))
	mux.HandleFunc("GET /phone/style.css", static("pages/style.css", "text/css; charset=utf-8"))
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.Handle("GET /{$}", http.RedirectHandler("/phone", http.StatusSeeOther))
}

// secure sets the headers of every page: nothing from elsewhere, nothing inline, no framing. formTargets are the sites
// beside our own that a form may lead to, for a browser checks the redirect after a form too.
func secure(h http.Header, formTargets string) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "+
		"img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"+formTargets)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}

func static(name, contentType string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		text, err := pages.ReadFile(name)
		if err != nil {
			http.Error(w, "page is missing from the build", http.StatusInternalServerError)
			return
		}
		secure(w.Header(), "")
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(text)
	}
}

// consentView is what the consent page shows.
type consentView struct {
	Accounts []Business
	Scopes   []scopeView
	Hidden   []hiddenField
	AppHost  string
}

type scopeView struct {
	Name, Text string
	Required   bool
}

type hiddenField struct{ Name, Value string }

// consentPage shows the accounts and the asked permissions; all but the basic one can be unticked.
func (s *Simulator) consentPage(w http.ResponseWriter, r *http.Request, a authorization) {
	view := consentView{Accounts: s.accounts}
	for _, scope := range a.scopes {
		view.Scopes = append(view.Scopes, scopeView{scope, scopeTexts[scope], scope == "instagram_business_basic"})
	}
	for _, name := range []string{"client_id", "redirect_uri", "response_type", "scope", "state"} {
		view.Hidden = append(view.Hidden, hiddenField{name, r.Form.Get(name)})
	}
	target := ""
	if u, err := url.Parse(a.redirectURI); err == nil {
		view.AppHost, target = u.Host, " "+u.Scheme+"://"+u.Host
	}
	render(w, http.StatusOK, target, consentTemplate, view)
}

// errorPage is what a person sees when the app's request is wrong: nothing is redirected.
func (s *Simulator) errorPage(w http.ResponseWriter, message string) {
	render(w, http.StatusBadRequest, "", errorTemplate, message)
}

func render(w http.ResponseWriter, status int, formTargets string, t *template.Template, data any) {
	var page bytes.Buffer
	if err := t.Execute(&page, data); err != nil {
		http.Error(w, "page cannot be drawn", http.StatusInternalServerError)
		return
	}
	secure(w.Header(), formTargets)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes())
}
