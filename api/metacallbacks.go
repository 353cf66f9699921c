package api

import (
	"context"
	_ "embed"
	"errors"
	"html/template"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"parlor/conversations"
	"parlor/instagram"
	"parlor/tenants"
)

// maxCallbackBytes is more than Meta's callbacks have: one signed_request.
const maxCallbackBytes = 32 << 10

// metaCallbacks answers what Meta asks on behalf of a person: that the app was removed, that data shall be deleted. Who asks is proved by the
// signature alone. Source: Data deletion callback, read 2026-11-22.
type metaCallbacks struct {
	server     *Server
	secrets    [][]byte
	publicURL  *url.URL
	accounts   *tenants.Accounts
	eraser     *conversations.Eraser
	disconnect func(ctx context.Context, reason string) error
	// deauthorise ends a connection that was made before the request was issued.
	deauthorise func(ctx context.Context, issuedAt time.Time) error
}

// deauthorize serves POST /auth/instagram/deauthorize: the person's tokens are dead. What Parlor holds stays, until somebody deletes it.
func (h *metaCallbacks) deauthorize(c *gin.Context) error {
	accounts, signed, err := h.asked(c)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if err := h.deauthorise(tenants.WithAccount(c.Request.Context(), a.ID), signed.IssuedAt); err != nil {
			return err
		}
	}
	c.JSON(http.StatusOK, struct{}{})
	return nil
}

// deletionAnswer is what Meta expects: where the person may look, and under which code.
type deletionAnswer struct {
	URL  string `json:"url"`
	Code string `json:"confirmation_code"`
}

// deletion serves POST /auth/instagram/data-deletion. An id that belongs to nobody here gets a code as well: its page says that nothing is held.
func (h *metaCallbacks) deletion(c *gin.Context) error {
	accounts, _, err := h.asked(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	var first conversations.Deletion
	for n, a := range accounts {
		of := tenants.WithAccount(ctx, a.ID)
		if err := h.disconnect(of, instagram.Deauthorised); err != nil {
			return err
		}
		d, err := h.eraser.Request(of, conversations.DeletionByMeta)
		if err != nil {
			return err
		}
		if n == 0 {
			first = d
		}
	}
	if len(accounts) == 0 {
		if first, err = h.eraser.Request(ctx, conversations.DeletionByMeta); err != nil {
			return err
		}
	}
	c.JSON(http.StatusOK, deletionAnswer{URL: h.publicURL.JoinPath("data-deletion", first.Code).String(), Code: first.Code})
	return nil
}

// clocksApart is by how much Meta's clock and ours may differ.
const clocksApart = 10 * time.Minute

// asked checks the signature and returns the accounts that the signed id names, and what was signed. An account that began only after the request was issued is
// not meant by it: what the person had here before is gone already, and the request comes late or a second time.
func (h *metaCallbacks) asked(c *gin.Context) ([]tenants.Account, instagram.SignedRequest, error) {
	form, err := readForm(c.Request)
	if err != nil {
		return nil, instagram.SignedRequest{}, err
	}
	signed, err := instagram.ParseSignedRequest(h.secrets, form.Get("signed_request"))
	if err != nil {
		return nil, signed, err
	}
	named, err := h.accounts.ByInstagramAnyID(c.Request.Context(), signed.UserID)
	if err != nil {
		return nil, signed, err
	}
	return meant(named, signed), signed, nil
}

// meant leaves of the accounts that an id could name those that it does. One person asks: where it is the app's id of one account and the
// own id of another, it is the app's, as Meta documents it for signed requests.
func meant(named []tenants.Account, signed instagram.SignedRequest) []tenants.Account {
	byApp := func(a tenants.Account) bool { return a.InstagramUserID != signed.UserID }
	if slices.ContainsFunc(named, byApp) {
		named = slices.DeleteFunc(named, func(a tenants.Account) bool { return !byApp(a) })
	}
	if signed.IssuedAt.IsZero() {
		return named
	}
	return slices.DeleteFunc(named, func(a tenants.Account) bool { return a.CreatedAt.After(signed.IssuedAt.Add(clocksApart)) })
}

func readForm(r *http.Request) (url.Values, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		p := errMediaType
		p.Detail = "Send application/x-www-form-urlencoded"
		return nil, p
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxCallbackBytes+1))
	switch {
	case err != nil:
		return nil, unreadable(err)
	case len(body) > maxCallbackBytes:
		return nil, errBodyTooLarge
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errUnreadable
	}
	return form, nil
}

//go:embed docs/deletion.html
var deletionPage string

var deletionTemplate = template.Must(template.New("deletion").Parse(deletionPage))

// deletionCSP is the policy of the status page: it has our own style, and nothing else.
const deletionCSP = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// deletionCode is how codes are written. Nothing else is asked for: the database takes no text that is not UTF-8.
var deletionCode = regexp.MustCompile(`^[a-z2-7]{1,64}$`)

// status serves GET /data-deletion/{code}: a page for the person, without script.
func (h *metaCallbacks) status(c *gin.Context) error {
	var d conversations.Deletion
	err := conversations.ErrNotFound
	if code := c.Param("code"); deletionCode.MatchString(code) {
		d, err = h.eraser.Deletion(c.Request.Context(), code)
	}
	if err != nil && !errors.Is(err, conversations.ErrNotFound) {
		return err
	}
	status := http.StatusOK
	if err != nil {
		status = http.StatusNotFound
	}
	var page strings.Builder
	if err := deletionTemplate.Execute(&page, struct {
		conversations.Deletion
		Known bool
	}{d, status == http.StatusOK}); err != nil {
		return err
	}
	c.Header("Cache-Control", "no-store")
	c.Header("Content-Security-Policy", deletionCSP)
	c.Header("X-Robots-Tag", "noindex")
	c.Data(status, "text/html; charset=utf-8", []byte(page.String()))
	return nil
}

func describeMetaCallback(op *huma.Operation) {
	op.RequestBody = &huma.RequestBody{
		Description: "A form with signed_request, as Meta sends it", Required: true,
		Content: map[string]*huma.MediaType{"application/x-www-form-urlencoded": {Schema: &huma.Schema{Type: huma.TypeObject}}},
	}
	respond(op, http.StatusOK, "Taken", "application/json", &huma.Schema{Type: huma.TypeObject})
}

func describeStatusPage(op *huma.Operation) {
	op.Parameters = append(op.Parameters, pathParam("code", "The confirmation_code of the callback's answer"))
	respond(op, http.StatusOK, "A page for the person who asked", "text/html", &huma.Schema{Type: huma.TypeString})
}
