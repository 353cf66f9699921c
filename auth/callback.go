package auth

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"parlor/tenants"
)

// CallbackRequest is a browser that came back.
type CallbackRequest struct {
	Method        string // GET alone is taken
	Provider      string // of the path
	Query         url.Values
	FlowCookies   map[string]string // suffix of the name → value
	SessionCookie string            // of the session that the browser has, where it sends it along; mostly it does not
	Visitor       Visitor
}

// SignedIn is a finished sign-in. After an intent of somebody who is signed in there is no session in it, for the browser keeps its own.
type SignedIn struct {
	Intent    Intent            // empty when it is not known, because the callback was refused before
	Account   tenants.AccountID // that an invitation or IntentConnectAccount led to; zero: none
	Session   Session
	Cookie    string    // value of the session cookie to set
	ExpiresAt time.Time // of the cookie
	ReturnTo  string    // path of the app; "/" unless another was asked for
	DropFlow  string    // suffix of the flow cookie to remove; empty: none
}

// Callback finishes a sign-in. On an error ReturnTo and DropFlow are still set when they are known. What is no Refusal
// is a fault of ours. Nothing is half-made that the next sign-in would not finish.
func (f *Flow) Callback(ctx context.Context, r CallbackRequest) (SignedIn, error) {
	in, err := f.callback(ctx, r)
	if err != nil && in.Intent != "" && RefusalOf(err) != nil { // only of flows that were begun here: nobody else fills the log
		f.noteRefusal(ctx, r.Provider, in.Intent, err)
	}
	return in, err
}

// noteRefusal writes into the installation's log that somebody was not let in, and why: in our own words, never the visitor's.
func (f *Flow) noteRefusal(ctx context.Context, provider string, intent Intent, refused error) {
	err := f.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error {
		return tx.AuditPlatform(ctx, "system", "login.failed", "", map[string]any{
			"provider": provider, "intent": string(intent), "code": string(CodeOf(refused)), "reason": ReasonOf(refused),
		})
	})
	if err != nil {
		f.o.Logger.WarnContext(ctx, "a refused sign-in is not in the installation's log", "error", err)
	}
}

func (f *Flow) callback(ctx context.Context, r CallbackRequest) (SignedIn, error) {
	in := SignedIn{ReturnTo: home}
	if r.Method != http.MethodGet {
		return in, Refuse(ErrStateInvalid, "method", nil)
	}
	state, err := readState(r.Query["state"])
	if err != nil {
		return in, err
	}
	if err := f.checkCookie(ctx, state, r.FlowCookies); err != nil {
		return in, err
	}
	in.DropFlow = state.suffix()
	row, err := f.take(ctx, state)
	if err != nil {
		return in, err
	}
	in.ReturnTo, in.Intent = row.returnTo, row.intent
	if row.provider != r.Provider {
		return in, Refuse(ErrStateInvalid, "provider_mismatch", nil)
	}
	calls, cancel := context.WithTimeout(ctx, f.o.Timeout)
	defer cancel()
	a, err := f.finish(calls, r, row, state)
	if err != nil {
		return in, err
	}
	switch row.intent {
	case IntentReconnect:
		return in, f.reconnect(ctx, calls, a, row, r.SessionCookie)
	case IntentStepUp:
		return in, f.stepUp(ctx, a, row, r.SessionCookie)
	case IntentConnectAccount:
		in.Account, err = f.connectAccount(ctx, calls, a, row, r.SessionCookie)
		return in, err
	}
	former, err := f.formers(ctx, row, r.SessionCookie)
	if err != nil {
		return in, err
	}
	if row.intent == IntentAcceptInvitation {
		return f.acceptInvitation(ctx, a, row, in, former, r.Visitor)
	}
	return f.settle(ctx, calls, a, in, former, r.Visitor)
}

// formers are the sessions that a sign-in takes the place of: the one that the browser had when it began, and the one of a cookie that came along.
func (f *Flow) formers(ctx context.Context, row flowRow, cookie string) ([]tenants.SessionID, error) {
	now, err := f.o.Sessions.former(ctx, cookie)
	if row.session == nil {
		return []tenants.SessionID{now}, err
	}
	return []tenants.SessionID{*row.session, now}, err
}

// KeepsSession reports whether the browser keeps the session that it has, so that there is no cookie to set, and a refusal leads back to the
// page that began.
func (in SignedIn) KeepsSession() bool { return in.Intent.keepsSession() }

// checkCookie proves that the flow was begun in this browser. Without that nothing is used up.
func (f *Flow) checkCookie(ctx context.Context, s state, cookies map[string]string) error {
	now := f.o.Now()
	cookie, there := cookies[s.suffix()]
	if there && f.bound(cookie, s, now) {
		return nil
	}
	if there {
		return Refuse(ErrStateInvalid, "state_cookie", nil)
	}
	// The browser drops the cookie when the time is over: tell that from a foreign browser.
	var late bool
	err := f.o.Platform.QueryRow(ctx, `select exists (select from platform.sign_in_flows where state_hash = $1 and expires_at <= $2)`,
		s.hash[:], now.UTC()).Scan(&late)
	if err != nil {
		return fmt.Errorf("look for the sign-in: %w", err)
	}
	if late {
		return Refuse(ErrLoginExpired, "late", nil)
	}
	return Refuse(ErrStateInvalid, "no_cookie", nil)
}

// flowRow is a flow between its start and its callback.
type flowRow struct {
	provider   string
	intent     Intent
	keep       []byte
	returnTo   string
	expiresAt  time.Time
	account    *tenants.AccountID // of IntentReconnect
	session    *tenants.SessionID // that began it; of a sign-in: that the browser had
	invitation *uuid.UUID         // of IntentAcceptInvitation
	identify   bool
}

// take uses the flow up: of two callbacks with one state, one gets it.
func (f *Flow) take(ctx context.Context, s state) (flowRow, error) {
	var row flowRow
	err := f.o.Platform.QueryRow(ctx, `delete from platform.sign_in_flows where state_hash = $1
		returning provider, intent, keep, return_to, expires_at, account_id, session_id, invitation_id, identify_only`, s.hash[:]).Scan(
		&row.provider, &row.intent, &row.keep, &row.returnTo, &row.expiresAt, &row.account, &row.session,
		&row.invitation, &row.identify)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return flowRow{}, Refuse(ErrStateInvalid, "used", nil)
	case err != nil:
		return flowRow{}, fmt.Errorf("take the sign-in: %w", err)
	case !f.o.Now().Before(row.expiresAt):
		return flowRow{}, Refuse(ErrLoginExpired, "late", nil)
	case !row.whole():
		return flowRow{}, Refuse(ErrLoginFailed, "intent", nil)
	}
	return row, nil
}

// whole reports whether the row has what its intent needs.
func (r flowRow) whole() bool {
	switch r.intent {
	case IntentSignIn:
		return true
	case IntentReconnect:
		return r.account != nil && r.session != nil
	case IntentConnectAccount, IntentStepUp:
		return r.session != nil
	case IntentAcceptInvitation:
		return r.invitation != nil
	}
	return false
}

// finish checks what the provider sent back with the browser and lets the strategy turn it into an assertion, while ctx
// lasts.
func (f *Flow) finish(ctx context.Context, r CallbackRequest, row flowRow, s state) (Assertion, error) {
	p, err := lookup[Redirector](f.o.Registry, row.provider)
	if err != nil {
		return Assertion{}, err
	}
	if preparer, ok := p.(Preparer); ok {
		if err := preparer.Prepare(ctx); err != nil {
			return Assertion{}, f.closed(err)
		}
	}
	code, err := readAnswer(r.Query, p.Descriptor().Issuer)
	if err != nil {
		return Assertion{}, err
	}
	keep, err := f.unseal(row.keep, s, row.provider, f.o.Now())
	if err != nil {
		return Assertion{}, err
	}
	a, err := p.Finish(ctx, FinishInput{
		Code: code, RedirectURI: f.redirectURI(row.provider), Keep: keep,
		Fresh: row.intent.fresh(), IdentifyOnly: row.identify, BegunAt: row.expiresAt.Add(-FlowLife),
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return Assertion{}, Refuse(ErrUpstream, "timeout", ctx.Err())
	case err != nil:
		return Assertion{}, f.closed(err)
	}
	if row.identify {
		a.Grant = nil // whatever the strategy brought: this flow asked for nothing but who it is
	}
	return a, a.check(row.provider)
}

const maxCodeBytes = 2048

// knownErrors are those of RFC 6749 §4.1.2.1; any other word is not repeated, not even in the log.
var knownErrors = map[string]*Refusal{
	"access_denied":             ErrDenied,
	"temporarily_unavailable":   ErrUpstream,
	"server_error":              ErrUpstream,
	"invalid_request":           ErrLoginFailed,
	"unauthorized_client":       ErrLoginFailed,
	"unsupported_response_type": ErrLoginFailed,
	"invalid_scope":             ErrLoginFailed,
}

// readAnswer checks, in this order, issuer, error and code.
func readAnswer(q url.Values, issuer string) (code string, err error) {
	if issuer != "" && (len(q["iss"]) != 1 || subtle.ConstantTimeCompare([]byte(q.Get("iss")), []byte(issuer)) != 1) {
		return "", Refuse(ErrStateInvalid, "iss", nil)
	}
	if q.Has("error") {
		word := q.Get("error")
		if is := knownErrors[word]; is != nil {
			return "", Refuse(is, word, nil)
		}
		return "", Refuse(ErrLoginFailed, "unknown_error", nil)
	}
	codes := q["code"]
	if len(codes) != 1 || codes[0] == "" || len(codes[0]) > maxCodeBytes {
		return "", Refuse(ErrLoginFailed, "code", nil)
	}
	return codes[0], nil
}

const maxSubjectBytes = 255

// check holds a strategy to what an assertion must say.
func (a Assertion) check(provider string) error {
	switch {
	case a.Provider != provider:
		return Refuse(ErrUpstream, "assertion_provider", nil)
	case a.Subject == "" || len(a.Subject) > maxSubjectBytes:
		return Refuse(ErrUpstream, "assertion_subject", nil)
	case a.AuthTime.IsZero():
		return Refuse(ErrUpstream, "assertion_time", nil)
	case a.Grant != nil && a.Grant.Profile.UserID != a.Subject:
		return Refuse(ErrUpstream, "assertion_grant", nil)
	}
	return nil
}
