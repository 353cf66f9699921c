package api

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"parlor/auth"
	"parlor/tenants"
)

// guard decides who may call what. It is the only place where a principal, and with it an account, enters a context,
// and it is closed by default: what the table does not list asks for a credential before it is not found.
type guard struct {
	server      *Server
	tokens      *auth.Tokens
	revocations *auth.Revocations
	keys        *auth.APIKeys
	support     *auth.Support
	members     *tenants.Members
	limits      *keyLimits
	wrongKeys   *limiters // by client
	now         func() time.Time
	cookies     cookies
	origin      string
	trusted     []netip.Prefix // proxies
}

// check is the middleware.
func (g *guard) check(c *gin.Context) {
	r, listed := g.server.table[c.Request.Method+" "+c.FullPath()]
	if !listed {
		r = unlisted(c.Request.URL.Path)
	}
	ctx, err := g.admit(c.Request, r)
	if err == nil {
		ctx, err = g.accompany(ctx, c, r)
	}
	switch {
	case err != nil:
	case listed:
		err = g.permit(ctx, r)
	case c.FullPath() != "" && isAPI(c.FullPath()): // mounted past the table: nobody has said who may
		err = errNotFound
	}
	if err != nil {
		g.server.problem(c.Request.Context(), err).answer(c)
		return
	}
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}

// unlisted returns what a path that is not in the table asks of its caller.
func unlisted(path string) route {
	switch {
	case !isAPI(path):
		return route{who: byAnyone}
	case under(path, "/api/v1") && !under(path, "/api/v1/ui") && !under(path, "/api/v1/operator"):
		return route{who: byKey}
	default:
		return route{who: byPerson}
	}
}

// admit checks the credential that the route takes and returns the context to go on with.
func (g *guard) admit(r *http.Request, rt route) (context.Context, error) {
	ctx := r.Context()
	if rt.has(ownPages) && crossSite(r, g.origin, true) {
		return ctx, errCrossSite
	}
	if rt.who == byAnyone || rt.who == byMeta {
		return ctx, nil
	}
	cred, err := readCredential(r.Header)
	if err != nil {
		return ctx, err
	}
	switch rt.who {
	case byProof:
		return g.admitProof(r, cred)
	case byKey:
		return g.admitKey(r, cred)
	default:
		return g.admitSession(ctx, cred, rt.who == byPerson || rt.who == byStaff)
	}
}

// permit checks the one permission of the route, and that a change may be made at all: while it is not known who was
// signed out, nothing is changed.
func (g *guard) permit(ctx context.Context, r route) error {
	p, known := tenants.PrincipalFrom(ctx)
	if known && r.writes() && g.revocations.Stale() {
		return errStale
	}
	if err := r.permits(p); err != nil {
		return err
	}
	if r.has(fresh) && !verified(ctx).Fresh(g.now()) {
		return errStepUp
	}
	return nil
}

// permits decides by who it is alone.
func (r route) permits(p tenants.Principal) error {
	switch r.who {
	case byAnyone, byProof, byMeta:
		return nil
	case byPerson:
		if p.Grant != nil && !r.has(onVisit) {
			return errForbidden
		}
		return nil
	case bySession, byStaff, byKey:
	}
	switch {
	case r.permission != "" && p.Can(r.permission) && !r.closedTo(p.Grant):
		return nil
	case p.IsKey():
		return errScope
	case r.closedTo(p.Grant) && slices.Contains(supportWrites, r.permission):
		return errSupportReadOnly
	}
	return errForbidden
}

// supportWrites are the permissions of which a visit that may read alone is told why it lacks them.
var supportWrites = []tenants.Permission{tenants.MessagesSend, tenants.ConversationsUpdate, tenants.ConversationsTriage, tenants.NotesWrite}

// closedTo reports whether a visit changes nothing here: one that may read alone.
func (r route) closedTo(visit *tenants.SupportGrant) bool {
	return visit != nil && visit.Mode != tenants.SupportReply && r.writes()
}
