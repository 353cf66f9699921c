package media

import (
	"net/url"

	"github.com/google/uuid"

	"parlor/tenants"
)

// The paths under which the HTTP layer serves files.
const (
	viewPath = "/media/"
	outPath  = "/media/out/"
)

// URL returns the address of an attachment for the browser of p's session: a path of our own origin, good for five to ten minutes. Without
// a session there is none to revoke, so there is no address either: it is empty.
func (m *Media) URL(attachmentID uuid.UUID, p tenants.Principal) string {
	if p.AccountID.IsZero() || p.SessionID.IsZero() {
		return ""
	}
	k := Ticket{
		AccountID: p.AccountID, SessionID: p.SessionID, UserID: p.UserID, Version: p.Version, StaffRole: p.StaffRole,
		ExpiresAt: m.o.Now().Truncate(viewStep).Add(viewLife),
	}
	if p.Grant != nil {
		k.GrantID = p.Grant.ID
	}
	return viewPath + attachmentID.String() + "?ticket=" + m.tickets.issue(purposeView, attachmentID, k)
}

// OutURL returns the absolute address from which Instagram fetches an upload, good for an hour.
func (m *Media) OutURL(account tenants.AccountID, uploadID uuid.UUID) string {
	ticket := m.tickets.issue(purposeOut, uploadID, Ticket{AccountID: account, ExpiresAt: m.o.Now().Add(outLife)})
	u := url.URL{
		Scheme: m.o.PublicURL.Scheme, Host: m.o.PublicURL.Host, Path: outPath + uploadID.String(),
		RawQuery: url.Values{"ticket": {ticket}}.Encode(),
	}
	return u.String()
}

// Admit checks the ticket to look at an attachment: ErrTicket or ErrTicketExpired. The caller asks whether its session still counts, before
// it enters the account.
func (m *Media) Admit(attachmentID uuid.UUID, ticket string) (Ticket, error) {
	return m.tickets.check(purposeView, attachmentID, ticket)
}

// AdmitOut checks the ticket with which Instagram fetches an upload: ErrTicket or ErrTicketExpired.
func (m *Media) AdmitOut(uploadID uuid.UUID, ticket string) (Ticket, error) {
	return m.tickets.check(purposeOut, uploadID, ticket)
}
