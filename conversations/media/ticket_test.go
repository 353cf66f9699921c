package media_test

import (
	"encoding/base64"
	"errors"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"parlor/conversations/media"
	"parlor/tenants"
)

var noon = time.Date(2026, 11, 23, 12, 2, 3, 0, time.UTC)

// offline is a Media without a database that answers, for what needs none.
func offline(t testing.TB, key string, now func() time.Time) *media.Media {
	t.Helper()
	db, err := tenants.Open(t.Context(), "postgres://nobody@127.0.0.1:1/none", tenants.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	m, err := media.New(media.Options{
		DB: db, Key: []byte(key), PublicURL: &url.URL{Scheme: "https", Host: "inbox.example"}, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const (
	oneKey     = "0123456789abcdef0123456789abcdef"
	anotherKey = "0123456789abcdef0123456789abcdeF"
)

// ticketOf takes the ticket out of an address.
func ticketOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Query().Get("ticket") == "" {
		t.Fatalf("address without a ticket (%v): %s", err, address)
	}
	return u.Query().Get("ticket")
}

func holding(account tenants.AccountID, session tenants.SessionID) tenants.Principal {
	return tenants.Principal{AccountID: account, SessionID: session}
}

// A ticket says of its holder all by which a token can be revoked.
func TestATicketKnowsItsHolder(t *testing.T) {
	t.Parallel()
	m, id := offline(t, oneKey, func() time.Time { return noon }), uuid.New()
	for _, staff := range []tenants.StaffRole{"", tenants.StaffOperator, tenants.StaffSupport} {
		p := tenants.Principal{
			AccountID: tenants.NewAccountID(), SessionID: tenants.NewSessionID(), UserID: tenants.NewUserID(), Version: 7, StaffRole: staff,
			Grant: &tenants.SupportGrant{ID: tenants.GrantID{UUID: uuid.New()}},
		}
		for _, want := range []tenants.Principal{p, {AccountID: p.AccountID, SessionID: p.SessionID, UserID: p.UserID, StaffRole: staff}} {
			k, err := m.Admit(id, ticketOf(t, m.URL(id, want)))
			if got := k.Holder(); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("holder = %+v, %v, want %+v", got, err, want)
			}
		}
	}
}

func TestTicketsOpenOneThingForOneSession(t *testing.T) {
	t.Parallel()
	m := offline(t, oneKey, func() time.Time { return noon })
	id, account, session := uuid.New(), tenants.NewAccountID(), tenants.NewSessionID()
	address := m.URL(id, holding(account, session))
	if !strings.HasPrefix(address, "/media/"+id.String()+"?ticket=") {
		t.Errorf("address = %s", address)
	}
	got, err := m.Admit(id, ticketOf(t, address))
	if err != nil || got.AccountID != account || got.SessionID != session {
		t.Fatalf("ticket = %+v, %v", got, err)
	}
	out := m.OutURL(account, id)
	if !strings.HasPrefix(out, "https://inbox.example/media/out/"+id.String()+"?ticket=") {
		t.Errorf("address for Instagram = %s", out)
	}
	gotOut, err := m.AdmitOut(id, ticketOf(t, out))
	if err != nil || gotOut.AccountID != account || !gotOut.SessionID.IsZero() || gotOut.ExpiresAt.Sub(noon) != time.Hour {
		t.Errorf("ticket for Instagram = %+v, %v", gotOut, err)
	}
	if m.URL(id, holding(account, tenants.SessionID{})) != "" || m.URL(id, holding(tenants.AccountID{}, session)) != "" {
		t.Error("a ticket without a session or without an account")
	}
}

func TestForgedTicketsAreRefused(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return noon }
	m, other := offline(t, oneKey, now), offline(t, anotherKey, now)
	id, account, session := uuid.New(), tenants.NewAccountID(), tenants.NewSessionID()
	good := ticketOf(t, m.URL(id, holding(account, session)))
	raw, err := base64.RawURLEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	forged := map[string]string{
		"none": "", "no base64": "!!!", "the key of another installation": ticketOf(t, other.URL(id, holding(account, session))),
		"of another attachment": ticketOf(t, m.URL(uuid.New(), holding(account, session))), "for Instagram": ticketOf(t, m.OutURL(account, id)),
		"cut": good[:len(good)-4], "longer": good + "AAAA", "padded": good + "=", "a second spelling": good[:len(good)-1] + "\n" + good[len(good)-1:],
		"claims alone": base64.RawURLEncoding.EncodeToString(raw[:82]), "an empty HMAC": base64.RawURLEncoding.EncodeToString(append(raw[:82:82], make([]byte, 32)...)),
	}
	for name, ticket := range forged {
		if _, err := m.Admit(id, ticket); !errors.Is(err, media.ErrTicket) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range raw {
		for bit := range 8 {
			changed := append([]byte(nil), raw...)
			changed[i] ^= 1 << bit
			if _, err := m.Admit(id, base64.RawURLEncoding.EncodeToString(changed)); !errors.Is(err, media.ErrTicket) {
				t.Fatalf("byte %d, bit %d changed: %v", i, bit, err)
			}
		}
	}
	if _, err := m.AdmitOut(id, good); !errors.Is(err, media.ErrTicket) {
		t.Errorf("a session's ticket in Instagram's place: %v", err)
	}
}

func TestTicketsEnd(t *testing.T) {
	t.Parallel()
	clock := noon
	m := offline(t, oneKey, func() time.Time { return clock })
	id, account, session := uuid.New(), tenants.NewAccountID(), tenants.NewSessionID()
	for second := range 600 {
		clock = noon.Add(time.Duration(second) * time.Second)
		k, err := m.Admit(id, ticketOf(t, m.URL(id, holding(account, session))))
		if left := k.ExpiresAt.Sub(clock); err != nil || left > 10*time.Minute || left <= 5*time.Minute {
			t.Fatalf("after %d s: %s left, %v", second, left, err)
		}
	}
	clock = time.Date(2026, 11, 23, 12, 0, 1, 0, time.UTC)
	first := m.URL(id, holding(account, session))
	clock = clock.Add(4*time.Minute + 50*time.Second)
	if again := m.URL(id, holding(account, session)); again != first {
		t.Error("a re-read within five minutes gives another address: no cache can help")
	}
	clock = time.Date(2026, 11, 23, 12, 9, 59, 0, time.UTC)
	if _, err := m.Admit(id, ticketOf(t, first)); err != nil {
		t.Errorf("a second before the end: %v", err)
	}
	clock = clock.Add(time.Second)
	if _, err := m.Admit(id, ticketOf(t, first)); !errors.Is(err, media.ErrTicketExpired) {
		t.Errorf("at the end: %v", err)
	}
	out := ticketOf(t, m.OutURL(account, id))
	clock = clock.Add(time.Hour)
	if _, err := m.AdmitOut(id, out); !errors.Is(err, media.ErrTicketExpired) {
		t.Errorf("Instagram's, after an hour: %v", err)
	}
}

// What one instance issues, the next one takes, whose clock is a little behind.
func TestTicketsForgiveClocks(t *testing.T) {
	t.Parallel()
	step := time.Date(2026, 11, 23, 12, 5, 0, 0, time.UTC) // here a ticket's life is the longest
	ahead, behind := offline(t, oneKey, func() time.Time { return step }), offline(t, oneKey, func() time.Time { return step.Add(-2 * time.Second) })
	id, account := uuid.New(), tenants.NewAccountID()
	if _, err := behind.Admit(id, ticketOf(t, ahead.URL(id, holding(account, tenants.NewSessionID())))); err != nil {
		t.Errorf("to look: %v", err)
	}
	if _, err := behind.AdmitOut(id, ticketOf(t, ahead.OutURL(account, id))); err != nil {
		t.Errorf("for Instagram: %v", err)
	}
}
