package tenants_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

func TestLiveReferencesArriveAtCommit(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p, d := openPlatform(t, db), openTenants(t, db.AppDSN)
	account, other := newAccount(t, db, "17841400000000001"), newAccount(t, db, "17841400000000002")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	e := listen(ctx, p, tenants.LiveChannel)
	within(t, e.connected)
	in := tenants.WithAccount(t.Context(), account)
	mine := errors.New("mine")
	err := d.InTenant(in, func(tx *tenants.Tx) error {
		return errors.Join(tx.Notify(in, tenants.LiveRef{Kind: tenants.LiveMessage, ConversationID: uuid.New()}), mine)
	})
	if !errors.Is(err, mine) {
		t.Fatal(err)
	}
	want := []tenants.LiveRef{
		{AccountID: account, Kind: tenants.LiveMessage, ConversationID: uuid.New(), MessageID: uuid.New(), Direction: "inbound"},
		{AccountID: account, Kind: tenants.LiveConversation, ConversationID: uuid.New(), UserID: tenants.NewUserID()},
	}
	for _, ref := range want {
		err := d.InTenant(in, func(tx *tenants.Tx) error {
			ref.AccountID = other // what the caller says of the account does not count
			return tx.Notify(in, ref)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range want {
		got, err := tenants.ParseLiveRef(within(t, e.heard))
		if err != nil || got != want[i] {
			t.Errorf("heard %+v, %v; want %+v", got, err, want[i])
		}
	}
}

func TestLiveReferencesOfNobodyAreRefused(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{
		``, `null`, `{}`, `[]`, `{"account_id":""}`, `{"account_id":"00000000-0000-0000-0000-000000000000","kind":"message"}`, `{"account_id":"x"}`,
	} {
		if ref, err := tenants.ParseLiveRef(payload); err == nil {
			t.Errorf("%s is read as %+v", payload, ref)
		}
	}
}

// A transaction that is over announces, audits and revokes nothing.
func TestAnEndedTransactionIsSilent(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	d := openTenants(t, db.AppDSN)
	ctx := tenants.WithAccount(t.Context(), newAccount(t, db, "17841400000000001"))
	var kept *tenants.Tx
	if err := d.InTenant(ctx, func(tx *tenants.Tx) error { kept = tx; return nil }); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"Notify": kept.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveMessage}),
		"Audit":  kept.Audit(ctx, tenants.AuditEntry{Action: "x"}),
		"Revoke": kept.Revoke(ctx, tenants.AuthEvent{Kind: tenants.AccountChanged}),
	} {
		if !errors.Is(err, tenants.ErrTxEnded) {
			t.Errorf("%s: %v, want ErrTxEnded", name, err)
		}
	}
	other := tenants.WithAccount(t.Context(), tenants.NewAccountID())
	err := d.InTenant(ctx, func(tx *tenants.Tx) error { return tx.Audit(other, tenants.AuditEntry{Action: "x"}) })
	if !errors.Is(err, tenants.ErrAccountChanged) {
		t.Errorf("with another account's context: %v, want ErrAccountChanged", err)
	}
}
