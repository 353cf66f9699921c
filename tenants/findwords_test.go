package tenants_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"parlor/migrations/pgtest"
	"parlor/tenants"
)

// The function that reads past row security reaches the entered account alone, and only for the app's role.
func TestFindWordsReachesOneAccount(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	d := openTenants(t, db.AppDSN)
	mine, other := newAccount(t, db, "17841400000000001"), newAccount(t, db, "17841400000000002")
	fillEveryTable(t, db, mine, other) // an entry of each, with the word x
	for _, account := range []tenants.AccountID{mine, other} {
		ctx := tenants.WithAccount(t.Context(), account)
		var found []tenants.WordsEntry
		if err := d.InTenant(ctx, func(tx *tenants.Tx) (err error) { found, err = tx.FindWords(ctx, "'x'", nil, 10); return err }); err != nil {
			t.Fatal(err)
		}
		var its string
		err := db.Admin(t).QueryRow(t.Context(), "select entry_id::text from tenant.search_words where account_id = $1", account).Scan(&its)
		if err != nil || len(found) != 1 || found[0].ID.String() != its {
			t.Errorf("found %v, want %s, %v", found, its, err)
		}
	}
	for dsn, want := range map[string]string{db.PlatformDSN: "permission denied", db.AppDSN: "no account is entered"} {
		conn, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = conn.Exec(t.Context(), "select tenant.find_words('x', null, null, 1)"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("err = %v, want %s", err, want)
		}
		_ = conn.Close(t.Context())
	}
}
