package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"parlor/auth"
	"parlor/tenants"
)

// intents begin flows for somebody who is signed in, or invited. The browser goes to the address by itself, with the flow's cookie that the
// answer sets.
type intents struct {
	flow     *auth.Flow
	doors    *doors
	accounts *tenants.Accounts
	invited  *tenants.Invitations
}

// connect begins to connect another account to the person.
func (h *intents) connect(ctx context.Context, in *beginInput) (*beginOutput, error) {
	who, _ := tenants.PrincipalFrom(ctx)
	return h.begin(ctx, auth.BeginRequest{
		Provider: auth.InstagramID, Intent: auth.IntentConnectAccount, By: who, ReturnTo: in.returnTo(), FlowCookies: h.doors.flowCookiesOf(in.cookies),
	})
}

// stepUp says how the person of the session proves himself again, and begins it where another site does that.
func (h *intents) stepUp(ctx context.Context, in *beginInput) (*stepUpOutput, error) {
	who, _ := tenants.PrincipalFrom(ctx)
	p, err := h.flow.Registry().Lookup(who.Provider)
	if err != nil {
		return nil, err
	}
	out := &stepUpOutput{Body: StepUpBegun{StepUp: StepUp{Kind: stepUpKind(p.Descriptor()), Provider: who.Provider}}}
	switch p.Descriptor().Kind {
	case auth.KindPassword:
		return out, nil
	case auth.KindProxy: // a new session, by the proxy's own prompt
		location := "/auth/" + url.PathEscape(who.Provider) + "/login?" + url.Values{"return_to": {auth.CleanReturnTo(in.returnTo())}}.Encode()
		out.Body.Location = &location
		return out, nil
	case auth.KindRedirect:
	}
	begun, err := h.begin(ctx, auth.BeginRequest{
		Provider: who.Provider, Intent: auth.IntentStepUp, By: who, ReturnTo: in.returnTo(), FlowCookies: h.doors.flowCookiesOf(in.cookies),
	})
	if err != nil {
		return nil, err
	}
	out.SetCookie, out.Body.Location = begun.SetCookie, &begun.Body.Location
	return out, nil
}

// stepUpKind is how a person proves himself again by the strategy.
func stepUpKind(d auth.Descriptor) string { return string(d.Shown()) }

func (h *intents) begin(ctx context.Context, r auth.BeginRequest) (*beginOutput, error) {
	begun, err := h.flow.Begin(ctx, r)
	if err != nil {
		return nil, err
	}
	out := &beginOutput{Body: Location{Location: begun.URL}}
	for _, suffix := range begun.Drop {
		out.SetCookie = append(out.SetCookie, h.doors.cookies.noFlow(suffix))
	}
	out.SetCookie = append(out.SetCookie, h.doors.cookies.flow(begun.Suffix, begun.Cookie, auth.FlowLife))
	return out, nil
}

// preview shows who invites, before anything is decided.
func (h *intents) preview(ctx context.Context, in *invitationTokenInput) (*invitationPreviewOutput, error) {
	i, err := h.invited.ByToken(ctx, in.Body.Token)
	if err != nil {
		return nil, invitationGone(err)
	}
	account, err := h.accounts.ByID(ctx, i.AccountID)
	if err != nil {
		return nil, invitationGone(err)
	}
	return &invitationPreviewOutput{Body: InvitationPreview{
		Account: InvitingAccount{Username: account.Username, Name: account.Name, ProfilePictureURL: account.ProfilePictureURL},
		Role:    string(i.Role), InvitedBy: i.CreatedByName, ExpiresAt: i.ExpiresAt,
	}}, nil
}

// beginInvitation begins to accept an invitation by a sign-in.
func (h *intents) beginInvitation(ctx context.Context, in *beginInvitationInput) (*beginOutput, error) {
	return h.begin(ctx, auth.BeginRequest{
		Provider: in.Body.Provider, Intent: auth.IntentAcceptInvitation, Invitation: in.Body.Token,
		SessionCookie: h.doors.sessionCookieOf(in.cookies), FlowCookies: h.doors.flowCookiesOf(in.cookies),
	})
}

// accept makes the person who is signed in a member.
func (h *intents) accept(ctx context.Context, in *invitationTokenInput) (*acceptedOutput, error) {
	who, _ := tenants.PrincipalFrom(ctx)
	account, err := h.flow.AcceptInvitation(ctx, who, in.Body.Token)
	if err != nil {
		return nil, err
	}
	return &acceptedOutput{Body: Accepted{AccountID: account.String()}}, nil
}

// invitationGone hides which of them is missing.
func invitationGone(err error) error {
	if problem(err).Status == http.StatusNotFound {
		return auth.Refuse(auth.ErrInvitationInvalid, "preview", nil)
	}
	return err
}

// beginInput says where to go afterwards. It keeps the flow cookies that the browser has, for old ones make room.
type beginInput struct {
	Body    *BeginRequest // nil: no body was sent
	cookies string
}

// BeginRequest says where the browser goes afterwards.
type BeginRequest struct {
	ReturnTo string `json:"return_to,omitempty" maxLength:"512" doc:"A page of the app; what is none is ignored"`
}

// Resolve keeps the request's cookies; huma asks for it.
func (in *beginInput) Resolve(ctx huma.Context) []error {
	in.cookies = ctx.Header("Cookie")
	return nil
}

func (in *beginInput) returnTo() string {
	if in.Body == nil {
		return ""
	}
	return in.Body.ReturnTo
}

type beginOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      Location
}

// StepUp is how a person proves himself again.
type StepUp struct {
	Kind     string `json:"kind" enum:"redirect,password" doc:"redirect: go to the location; password: POST /api/v1/ui/session with it"`
	Provider string `json:"provider"`
}

// StepUpBegun is a step-up that was begun.
type StepUpBegun struct {
	StepUp
	Location *string `json:"location" doc:"Where the browser must go; null for kind password"`
}

type stepUpOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      StepUpBegun
}

type invitationTokenInput struct{ Body InvitationToken }

// InvitationToken is the secret of an invitation's link.
type InvitationToken struct {
	Token string `json:"token" maxLength:"200" doc:"What stands behind the # of the link"`
}

type beginInvitationInput struct {
	Body    InvitationBegin
	cookies string
}

// Resolve keeps the request's cookies; huma asks for it.
func (in *beginInvitationInput) Resolve(ctx huma.Context) []error {
	in.cookies = ctx.Header("Cookie")
	return nil
}

// InvitationBegin says how somebody wants to prove who he is.
type InvitationBegin struct {
	InvitationToken
	Provider string `json:"provider" maxLength:"32"`
}

// InvitationPreview is what an invitation says before it is accepted.
type InvitationPreview struct {
	Account   InvitingAccount `json:"account"`
	Role      string          `json:"role" enum:"owner,agent,viewer"`
	InvitedBy string          `json:"invited_by"`
	ExpiresAt time.Time       `json:"expires_at"`
}

// InvitingAccount is the account that an invitation leads to.
type InvitingAccount struct {
	Username          string  `json:"username"`
	Name              string  `json:"name"`
	ProfilePictureURL *string `json:"profile_picture_url"`
}

type invitationPreviewOutput struct{ Body InvitationPreview }

// Accepted is where an invitation has led.
type Accepted struct {
	AccountID string `json:"account_id" doc:"Open it by POST /api/v1/ui/session"`
}

type acceptedOutput struct{ Body Accepted }
