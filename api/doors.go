package api

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"parlor/auth"
)

// doors are the browser's way through a sign-in by redirect. Every answer is a redirect to our own pages or to the
// provider; the order of checks is the flow's.
type doors struct {
	server  *Server
	guard   *guard
	flow    *auth.Flow
	cookies cookies
	now     func() time.Time
}

// providers lists what the login page offers.
func (h *doors) providers(c *gin.Context) error {
	list := ProviderList{Providers: []Provider{}}
	for _, d := range h.flow.Registry().Descriptors() {
		list.Providers = append(list.Providers, Provider{ID: d.ID, Kind: string(d.Shown()), Label: d.Label, LoginURL: d.LoginURL})
	}
	c.JSON(http.StatusOK, list)
	return nil
}

// login begins a sign-in: at the provider's site, or at once when a proxy has already asked for the password.
func (h *doors) login(c *gin.Context) error {
	id, returnTo := c.Param("provider"), c.Query("return_to")
	provider, err := h.flow.Registry().Lookup(id)
	if err != nil {
		return h.refuse(c, err, "")
	}
	if provider.Descriptor().Kind == auth.KindProxy {
		return h.loginByProxy(c, id, returnTo)
	}
	begun, err := h.flow.Begin(c.Request.Context(), auth.BeginRequest{
		Provider: id, Intent: auth.Intent(c.Query("intent")), IdentifyOnly: c.Query("identify") == "1", ReturnTo: returnTo,
		SessionCookie: cookieValue(c.Request, h.cookies.sessionName()), FlowCookies: h.flowCookies(c.Request),
	})
	if err != nil {
		return h.refuse(c, err, "")
	}
	for _, suffix := range begun.Drop {
		setCookie(c, h.cookies.noFlow(suffix))
	}
	setCookie(c, h.cookies.flow(begun.Suffix, begun.Cookie, auth.FlowLife))
	return seeOther(c, begun.URL)
}

// loginByProxy signs in whom a trusted proxy names. The strategy checks the proxy, by its address and its secret.
func (h *doors) loginByProxy(c *gin.Context, id, returnTo string) error {
	in, err := h.flow.SignInDirect(c.Request.Context(), auth.DirectRequest{
		Provider: id, ReturnTo: returnTo, SessionCookie: cookieValue(c.Request, h.cookies.sessionName()), Visitor: h.guard.visitor(c.Request),
		Credential: auth.Credential{
			RemoteUser: single(c.Request.Header, "X-Remote-User"), ProxySecret: single(c.Request.Header, "X-Proxy-Auth"),
			PeerAddr: peerAddress(c.Request), ClientAddr: clientAddress(c.Request, h.guard.trusted),
		},
	})
	if err != nil {
		return h.refuse(c, err, "")
	}
	return h.signedIn(c, in)
}

// callback finishes a sign-in by redirect. The address with code and state is left at once, by a redirect.
func (h *doors) callback(c *gin.Context) error {
	in, err := h.flow.Callback(c.Request.Context(), auth.CallbackRequest{
		Method: c.Request.Method, Provider: c.Param("provider"), Query: c.Request.URL.Query(),
		FlowCookies: h.flowCookies(c.Request), SessionCookie: cookieValue(c.Request, h.cookies.sessionName()),
		Visitor: h.guard.visitor(c.Request),
	})
	if in.DropFlow != "" {
		setCookie(c, h.cookies.noFlow(in.DropFlow))
	}
	if err != nil {
		return h.refuseIntent(c, err, in)
	}
	return h.signedIn(c, in)
}

// refuseIntent leads a person who is signed in already back to the page that began, with the code; anybody else to the
// login page.
func (h *doors) refuseIntent(c *gin.Context, err error, in auth.SignedIn) error {
	if !in.KeepsSession() {
		return h.refuse(c, err, in.ReturnTo)
	}
	h.server.report(c.Request.Context(), err)
	page, mark := in.ReturnTo, "?"
	if strings.Contains(page, "?") {
		mark = "&"
	}
	return seeOther(c, page+mark+url.Values{"error": {string(auth.CodeOf(err))}}.Encode())
}

func (h *doors) signedIn(c *gin.Context, in auth.SignedIn) error {
	if !in.KeepsSession() {
		setCookie(c, h.cookies.session(in.Cookie, in.ExpiresAt.Sub(h.now())))
	}
	return seeOther(c, in.ReturnTo)
}

// refuse leads to the login page, which has a text for each code. Programs get a problem document; so does everybody
// for a door that does not exist, and for a proxy that is not ours: there is no page to go back to.
func (h *doors) refuse(c *gin.Context, err error, returnTo string) error {
	wantsJSON := strings.Contains(c.GetHeader("Accept"), "application/json")
	closed := errors.Is(err, auth.ErrInvalidCredentials) ||
		(errors.Is(err, auth.ErrProviderDisabled) && !strings.HasSuffix(c.FullPath(), "/callback"))
	if wantsJSON || closed {
		return err
	}
	h.server.report(c.Request.Context(), err)
	query := url.Values{"error": {string(auth.CodeOf(err))}}
	if returnTo != "" && returnTo != "/" {
		query.Set("return_to", returnTo)
	}
	return seeOther(c, "/login?"+query.Encode())
}

// flowCookiesOf reads them from the text of a Cookie header.
func (h *doors) flowCookiesOf(header string) map[string]string {
	return h.flowCookies(&http.Request{Header: http.Header{"Cookie": {header}}})
}

// sessionCookieOf reads the session's cookie from the text of a Cookie header.
func (h *doors) sessionCookieOf(header string) string {
	return cookieValue(&http.Request{Header: http.Header{"Cookie": {header}}}, h.cookies.sessionName())
}

// flowCookies returns the cookies of the sign-ins under way in this browser, by suffix.
func (h *doors) flowCookies(r *http.Request) map[string]string {
	found := map[string]string{}
	for _, cookie := range r.Cookies() {
		if suffix, ok := strings.CutPrefix(cookie.Name, h.cookies.flowName("")); ok {
			found[suffix] = cookie.Value
		}
	}
	return found
}

// single returns the one value of a header; a repeated header counts as none.
func single(h http.Header, name string) string {
	if values := h.Values(name); len(values) == 1 {
		return values[0]
	}
	return ""
}

func setCookie(c *gin.Context, cookie http.Cookie) { http.SetCookie(c.Writer, &cookie) }

func seeOther(c *gin.Context, target string) error {
	c.Header("Location", target)
	c.Status(http.StatusSeeOther)
	return nil
}
