package tenants_test

import (
	"testing"

	"parlor/tenants"
)

func TestSmoke(t *testing.T) {
	db := newLeakDatabase(t)
	d, err := tenants.Open(t.Context(), db.AppDSN, tenants.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ctx := tenants.WithAccount(t.Context(), own)
	err = d.InTenant(ctx, func(tx *tenants.Tx) error {
		var cs []contact
		if err := tx.DB().Preload("Deals").Preload("Labels").Preload("Notes").Find(&cs).Error; err != nil {
			return err
		}
		t.Logf("%+v", cs)
		var ds []deal
		if err := tx.DB().Joins("Contact").Find(&ds).Error; err != nil {
			return err
		}
		t.Logf("%+v", ds)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.CheckCatalog(t.Context())
	t.Log(r, err)
}
