package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"parlor/instagram"
	"parlor/tenants"
)

// approvalPending is the status reason of an account that waits for the operator.
const approvalPending = tenants.ApprovalPending

// DirectRequest is a credential in a request.
type DirectRequest struct {
	Provider      string
	Credential    Credential
	ReturnTo      string // as given; only a path of the app is kept
	SessionCookie string // of the session that the browser had before; it is ended
	Visitor       Visitor
}

// SignInDirect verifies a credential and makes a session. Errors: ErrInvalidCredentials, ErrProviderDisabled (also
// unknown, or not a Direct), ErrThrottled, ErrAccountNotAllowed.
func (f *Flow) SignInDirect(ctx context.Context, r DirectRequest) (SignedIn, error) {
	in := SignedIn{ReturnTo: CleanReturnTo(r.ReturnTo)}
	p, err := lookup[Direct](f.o.Registry, r.Provider)
	if err != nil {
		return in, err
	}
	a, err := p.Verify(ctx, r.Credential)
	if err != nil {
		return in, f.closed(err)
	}
	if err := a.check(r.Provider); err != nil {
		return in, err
	}
	former, err := f.o.Sessions.former(ctx, r.SessionCookie)
	if err != nil {
		return in, err
	}
	return f.settle(ctx, ctx, a, in, []tenants.SessionID{former}, r.Visitor)
}

// settle turns an assertion into a session: user, account and membership in one transaction; then the connection, with
// no transaction open while Instagram is asked; then the session. Each step finds what an earlier try has made. Instagram
// is asked while calls lasts, which ends before ctx does: a slow answer must leave time for the session.
func (f *Flow) settle(ctx, calls context.Context, a Assertion, in SignedIn, former []tenants.SessionID, v Visitor) (SignedIn, error) {
	member, err := f.defaultAccount(ctx, a)
	if err != nil {
		return in, err
	}
	var at placement
	err = f.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) (err error) {
		at, err = f.place(ctx, tx, a, member)
		return err
	})
	if err == nil {
		err = at.refused
	}
	if err == nil && a.Grant != nil && !at.account.IsZero() {
		err = f.connect(calls, at, *a.Grant)
	}
	if err != nil {
		return in, err
	}
	err = f.o.Platform.InTx(ctx, func(tx *tenants.PlatformTx) error { return f.enter(ctx, tx, &in, at, a, former, v) })
	return in, err
}

// enter makes the session, in place of those that the browser had.
func (f *Flow) enter(
	ctx context.Context, tx *tenants.PlatformTx, in *SignedIn, at placement, a Assertion, former []tenants.SessionID, v Visitor,
) (err error) {
	in.Session, in.Cookie, in.ExpiresAt, err = f.o.Sessions.create(ctx, tx, at.user.ID, a, at.account, v)
	if err == nil {
		err = f.o.Sessions.replace(ctx, tx, in.Session, former...)
	}
	if err != nil || at.account.IsZero() {
		return err
	}
	return noteEntry(ctx, tx, at.user, at.account, "session.started", map[string]any{"provider": a.Provider})
}

// noteEntry writes into an account's own log that one of its members came in.
func noteEntry(ctx context.Context, tx *tenants.PlatformTx, user tenants.User, account tenants.AccountID, action string, detail map[string]any) error {
	ctx = tenants.WithPrincipal(ctx, tenants.Principal{UserID: user.ID, DisplayName: user.DisplayName, AccountID: account})
	return tx.AuditAccount(ctx, account, tenants.AuditEntry{Action: action, Target: user.ID.String(), Detail: detail})
}

// placement is where an assertion leads.
type placement struct {
	user    tenants.User
	account tenants.AccountID // zero: none
	active  bool              // the account was in use before
	refused error             // what was made stays, but there is no session
}

// person finds or makes the user whom the assertion proves.
func (f *Flow) person(ctx context.Context, tx *tenants.PlatformTx, a Assertion) (tenants.User, error) {
	user, _, err := f.users.FindOrCreateByIdentity(ctx, tx, tenants.Identity{
		Provider: a.Provider, Subject: a.Subject, DisplayName: a.DisplayName,
	})
	if err != nil {
		return tenants.User{}, err
	}
	if user.Disabled {
		return tenants.User{}, Refuse(ErrAccountNotAllowed, "disabled", nil)
	}
	// Only the provider whose configuration gives staff roles takes them away.
	if a.GivesStaff && a.StaffRole != user.StaffRole {
		if err := f.users.SetStaffRole(ctx, tx, user.ID, a.StaffRole); err != nil {
			return tenants.User{}, err
		}
		user.StaffRole = a.StaffRole
	}
	return user, nil
}

// place finds what the assertion lets its user into. Whoever is nobody here leaves no trace.
func (f *Flow) place(ctx context.Context, tx *tenants.PlatformTx, a Assertion, member tenants.AccountID) (placement, error) {
	user, err := f.person(ctx, tx, a)
	if err != nil {
		return placement{}, err
	}
	if a.Grant != nil {
		return f.placeInstagram(ctx, tx, user, a.Grant.Profile)
	}
	if member.IsZero() {
		return f.placeMember(ctx, tx, user)
	}
	err = f.join(ctx, tx, member, user, a.Member)
	if errors.Is(err, tenants.ErrMembershipRemoved) { // the account's owner has decided; the staff role remains
		return placement{user: user}, nil
	}
	return placement{user: user, account: member}, err
}

// placeMember lets in who is of staff or a member of some account.
func (f *Flow) placeMember(ctx context.Context, tx *tenants.PlatformTx, user tenants.User) (placement, error) {
	member, err := isMember(ctx, tx, user.ID)
	if err == nil && !member && user.StaffRole == "" {
		err = Refuse(ErrAccountNotAllowed, "stranger", nil)
	}
	return placement{user: user}, err
}

// placeInstagram makes an account only for who brings nothing else: a member of other accounts who signs in with an Instagram account that is
// none here comes for those. One's own is then connected by intent.
func (f *Flow) placeInstagram(ctx context.Context, tx *tenants.PlatformTx, user tenants.User, p instagram.Profile) (placement, error) {
	var known bool
	err := tx.QueryRow(ctx, `select exists (select from platform.accounts where instagram_user_id = $1)`, p.UserID).Scan(&known)
	if err != nil {
		return placement{}, fmt.Errorf("look for the account: %w", err)
	}
	if !known {
		member, err := isMember(ctx, tx, user.ID)
		if err != nil || member {
			return placement{user: user}, err
		}
	}
	return f.placeOwner(ctx, tx, user, p)
}

func isMember(ctx context.Context, tx *tenants.PlatformTx, user tenants.UserID) (member bool, err error) {
	err = tx.QueryRow(ctx, `select exists (select from platform.memberships where user_id = $1 and removed_at is null)`, user).Scan(&member)
	if err != nil {
		return false, fmt.Errorf("look for memberships: %w", err)
	}
	return member, nil
}

// placeOwner finds or makes the account of the Instagram profile that signed in, and its membership. Who proves the
// profile owns the account, also one that phase 1 has made.
func (f *Flow) placeOwner(ctx context.Context, tx *tenants.PlatformTx, user tenants.User, p instagram.Profile) (placement, error) {
	account, created, err := f.accounts.FindOrCreate(ctx, tx, tenants.NewAccount{
		InstagramUserID: p.UserID, Username: p.Username, Name: p.Name,
	})
	if err != nil {
		return placement{}, err
	}
	if created && !f.mayCreate(p.UserID) {
		return placement{}, Refuse(ErrAccountNotAllowed, "creation", nil)
	}
	if created && f.o.Creation == CreateApproval {
		err := f.accounts.SetStatus(ctx, tx, account.ID, tenants.AccountSuspended, approvalPending)
		if err != nil {
			return placement{}, err
		}
		account.Status, account.StatusReason = tenants.AccountSuspended, approvalPending
	}
	err = f.join(ctx, tx, account.ID, user, tenants.RoleOwner)
	if errors.Is(err, tenants.ErrMembershipRemoved) {
		return placement{}, Refuse(ErrAccountNotAllowed, "removed", nil)
	}
	return placement{
		user: user, account: account.ID, active: account.Status == tenants.AccountActive, refused: closedAccount(account),
	}, err
}

func closedAccount(a tenants.Account) error {
	switch {
	case a.Status != tenants.AccountSuspended:
		return nil
	case a.StatusReason == approvalPending:
		return Refuse(ErrApprovalPending, approvalPending, nil)
	}
	return Refuse(ErrAccountSuspended, "sign_in", nil)
}

func (f *Flow) mayCreate(instagramUserID string) bool {
	return f.o.Creation != CreateAllowlist || slices.Contains(f.o.Allowlist, instagramUserID)
}

// join makes the user a member unless that is so, and writes a new member into the account's own log.
func (f *Flow) join(ctx context.Context, tx *tenants.PlatformTx, account tenants.AccountID, user tenants.User, role tenants.Role) error {
	var known bool
	err := tx.QueryRow(ctx, `select exists (select from platform.memberships where account_id = $1 and user_id = $2)`,
		account, user.ID).Scan(&known)
	if err != nil {
		return fmt.Errorf("look for the membership: %w", err)
	}
	if _, err := f.memberships.Grant(ctx, tx, account, user.ID, role); err != nil || known {
		return err
	}
	ctx = tenants.WithPrincipal(ctx, tenants.Principal{UserID: user.ID, DisplayName: user.DisplayName, AccountID: account})
	return tx.AuditAccount(ctx, account, tenants.AuditEntry{
		Action: "member.joined", Target: user.ID.String(), Detail: map[string]any{"role": role},
	})
}

// defaultAccount returns the account in which the assertion gives a role; zero when there is none, or not yet.
func (f *Flow) defaultAccount(ctx context.Context, a Assertion) (tenants.AccountID, error) {
	if a.Member == "" || f.o.DefaultAccount == "" {
		return tenants.AccountID{}, nil
	}
	account, err := f.accounts.ByInstagramUserID(ctx, f.o.DefaultAccount)
	if errors.Is(err, tenants.ErrNotFound) {
		return tenants.AccountID{}, nil
	}
	return account.ID, err
}

// connect stores the token and subscribes. An account that is in use stays open to its people though Instagram cannot
// be reached just now: its former connection lives on.
func (f *Flow) connect(ctx context.Context, at placement, g instagram.Grant) error {
	err := f.o.Connections.Connect(ctx, at.account, g)
	if err == nil {
		return nil
	}
	passing := instagram.FaultOf(err) == instagram.FaultTransient || instagram.FaultOf(err) == instagram.FaultRate
	if at.active && passing {
		f.o.Logger.WarnContext(ctx, "connection not renewed at sign-in", "account_id", at.account, "error", err)
		return nil
	}
	if ctx.Err() != nil {
		return Refuse(ErrUpstream, "timeout", ctx.Err())
	}
	named := errors.Is(err, instagram.ErrPersonalAccount) || errors.Is(err, instagram.ErrNoMessagePermission) ||
		errors.Is(err, instagram.ErrNotSubscribed)
	if !named && instagram.FaultOf(err) == instagram.FaultNone {
		return fmt.Errorf("connect the account: %w", err) // a fault of ours, such as the database
	}
	return upstream("connect", err)
}
