package tenants_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"parlor/tenants"
)

// shapes has a field of every kind that a model may have.
type shapes struct {
	AccountID tenants.AccountID `gorm:"primaryKey"`
	ID        uuid.UUID         `gorm:"primaryKey"`
	Text      string
	TextPtr   *string
	Kind      shapeKind
	Int       int
	Small     int16
	IntPtr    *int64
	Float     float64
	Flag      bool
	FlagPtr   *bool
	At        time.Time
	AtPtr     *time.Time
	Bytes     []byte
	JSON      json.RawMessage `gorm:"type:jsonb"`
	Facts     map[string]int  `gorm:"serializer:json"`
	Ref       *uuid.UUID
	Size      shapeSize `gorm:"embedded;embeddedPrefix:size_"`
	DeletedAt gorm.DeletedAt
}

type shapeKind string

type shapeSize struct {
	Width  int
	Height *int
}

func (shapes) TableName() string { return "tenant.shapes" }

// flat is shapes without what only GORM's own Scan can read, so that the fast way is taken.
type flat struct {
	AccountID tenants.AccountID
	ID        uuid.UUID
	Text      string
	TextPtr   *string
	Kind      shapeKind
	Int       int
	Small     int16
	IntPtr    *int64
	Float     float64
	Flag      bool
	FlagPtr   *bool
	At        time.Time
	AtPtr     *time.Time
	Bytes     []byte
	JSON      json.RawMessage `gorm:"type:jsonb"`
	Ref       *uuid.UUID
	Size      shapeSize `gorm:"embedded;embeddedPrefix:size_"`
	DeletedAt gorm.DeletedAt
}

const shapesTable = `set role parlor_owner;
create table tenant.shapes (account_id uuid not null, id uuid not null, text text, text_ptr text, kind text, int bigint, small smallint, int_ptr bigint,
    float double precision, flag boolean, flag_ptr boolean, at timestamptz, at_ptr timestamptz, bytes bytea, json jsonb, facts text, ref uuid,
    size_width int, size_height int, deleted_at timestamptz, primary key (account_id, id));
grant select, insert on tenant.shapes to parlor_app; reset role;`

// Read and InTenant must agree on every type, set or NULL, through both of Read's ways of scanning.
func TestReadScansEveryType(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.pg.Exec(t, shapesTable)
	f.pg.Exec(t, "insert into tenant.shapes (account_id, id) values ($1, $2)", own.UUID, sharedID) // everything else is NULL
	text, number, flag, at, ref, height := "t", int64(-4), true, time.Date(2026, 11, 1, 12, 0, 0, 123000, time.UTC), uuid.New(), 3
	full := shapes{
		ID: ownContact, Text: "x", TextPtr: &text, Kind: "k", Int: 7, Small: 2, IntPtr: &number, Float: 1.5, Flag: true, FlagPtr: &flag, At: at, AtPtr: &at,
		Bytes: []byte{0, 1}, JSON: json.RawMessage(`{"a": 1}`), Facts: map[string]int{"b": 2}, Ref: &ref, Size: shapeSize{4, &height},
	}
	var slow, fast []shapes
	var byFlat, flatAgain []flat
	order := func(q *gorm.DB) *gorm.DB { return q.Order("id") }
	err := errors.Join(
		f.db.InTenant(f.ctx, func(tx *tenants.Tx) error {
			return errors.Join(tx.DB().Create(&full).Error, order(tx.DB()).Find(&slow).Error, order(tx.DB()).Model(&shapes{}).Find(&flatAgain).Error)
		}),
		f.db.Read(f.ctx, &fast, order),
		f.db.Read(f.ctx, &byFlat, func(q *gorm.DB) *gorm.DB { return order(q.Model(&shapes{})) }))
	if err != nil {
		t.Fatal(err)
	}
	if len(slow) != 2 || !reflect.DeepEqual(slow[0], full) {
		t.Errorf("written\n%+v\nread\n%+v", full, slow)
	}
	if !reflect.DeepEqual(slow, fast) {
		t.Errorf("InTenant\n%+v\nRead\n%+v", slow, fast)
	}
	if len(byFlat) != 2 || !reflect.DeepEqual(byFlat, flatAgain) {
		t.Errorf("InTenant\n%+v\nRead\n%+v", flatAgain, byFlat)
	}
	if z := fast[0].At.Location(); z != time.UTC {
		t.Errorf("times are in %v", z)
	}
}

func TestReadDestinations(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	byScore := func(q *gorm.DB) *gorm.DB { return q.Model(&contact{}).Order("score") }
	var one contact
	var pointers []*contact
	var some []string
	var total, none int64
	reused := []contact{{Name: "old"}, {Name: "old"}, {Name: "old"}, {Name: "old"}}
	err := errors.Join(
		f.db.Read(f.ctx, &one, byScore), f.db.Read(f.ctx, &pointers, byScore), f.db.Read(f.ctx, &reused, byScore),
		f.db.Read(f.ctx, &some, func(q *gorm.DB) *gorm.DB { return byScore(q).Select("name") }),
		f.db.Read(f.ctx, &total, func(q *gorm.DB) *gorm.DB { return q.Model(&contact{}).Select("count(*)") }))
	if err != nil {
		t.Fatal(err)
	}
	if one.Name != "own Ann" || len(pointers) != 3 || pointers[2].Name != "own Cid" || len(some) != 3 || some[1] != "own Bob" || total != 3 {
		t.Errorf("%+v %v %v %v", one, pointers, some, total)
	}
	if len(reused) != 3 || reused[0].Name != "own Ann" {
		t.Errorf("%+v", reused)
	}
	nothing := func(q *gorm.DB) *gorm.DB { return q.Model(&contact{}).Where("false") }
	for _, dest := range []any{&contact{}, &none} {
		if err := f.db.Read(f.ctx, dest, func(q *gorm.DB) *gorm.DB { return nothing(q).Select("score") }); !errors.Is(err, gorm.ErrRecordNotFound) {
			t.Errorf("%T: err = %v", dest, err)
		}
	}
	var empty []contact
	if err := f.db.Read(f.ctx, &empty, nothing); err != nil || empty == nil || len(empty) != 0 {
		t.Errorf("%v, %v", empty, err)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	cancelled, cancel := context.WithCancel(f.ctx)
	cancel()
	tests := map[string]struct {
		ctx   context.Context
		build func(q *gorm.DB) *gorm.DB
		dest  any
		want  error
	}{
		"preload":       {f.ctx, func(q *gorm.DB) *gorm.DB { return q.Preload("Notes") }, &[]contact{}, tenants.ErrUnscopable},
		"hook":          {f.ctx, func(q *gorm.DB) *gorm.DB { return q }, &[]curious{}, tenants.ErrUnscopable},
		"finisher":      {f.ctx, func(q *gorm.DB) *gorm.DB { return q.Find(&[]contact{}) }, &[]contact{}, tenants.ErrUnscopable},
		"nothing":       {f.ctx, func(*gorm.DB) *gorm.DB { return nil }, &[]contact{}, tenants.ErrUnscopable},
		"other context": {f.ctx, func(q *gorm.DB) *gorm.DB { return q.WithContext(tenants.WithAccount(f.ctx, other)) }, &[]contact{}, tenants.ErrAccountChanged},
		"fragment":      {f.ctx, func(q *gorm.DB) *gorm.DB { return q.Where("true; select 1") }, &[]contact{}, tenants.ErrFragment},
		"sub-query": {f.ctx, func(q *gorm.DB) *gorm.DB {
			return q.Where("id in (?)", q.Session(&gorm.Session{NewDB: true}).Table("x"))
		}, &[]contact{}, tenants.ErrUnscopable},
		"own pool":  {f.ctx, func(q *gorm.DB) *gorm.DB { q.Statement.ConnPool = nil; return q }, &[]contact{}, tenants.ErrUnscopable},
		"cancelled": {cancelled, func(q *gorm.DB) *gorm.DB { return q }, &[]contact{}, context.Canceled},
	}
	for name, tc := range tests {
		if err := f.db.Read(tc.ctx, tc.dest, tc.build); !errors.Is(err, tc.want) {
			t.Errorf("%s: err = %v, want %v", name, err, tc.want)
		}
	}
	var rows []contact // the connections are as good as new
	if err := f.db.Read(f.ctx, &rows, func(q *gorm.DB) *gorm.DB { return q.Where("name = ?", 1/float64(3)) }); err == nil {
		t.Error("comparing text with a number succeeded")
	}
	if err := f.db.Read(f.ctx, &rows, func(q *gorm.DB) *gorm.DB { return q }); err != nil || len(rows) != 3 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// Joined relations come out alike by both ways, also where there is nothing to join.
func TestReadJoins(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var slowDeals, fastDeals []deal
	var slowMessages, fastMessages []message
	deals := func(q *gorm.DB) *gorm.DB {
		return q.Joins("Contact", q.Session(&gorm.Session{NewDB: true}).Where("score < ?", 9)).Order("amount")
	}
	messages := func(q *gorm.DB) *gorm.DB { return q.Joins("Conversation").Joins("Conversation.Participant") }
	err := errors.Join(
		f.db.InTenant(f.ctx, func(tx *tenants.Tx) error {
			return errors.Join(deals(tx.DB()).Find(&slowDeals).Error, messages(tx.DB()).Find(&slowMessages).Error)
		}),
		f.db.Read(f.ctx, &fastDeals, deals), f.db.Read(f.ctx, &fastMessages, messages))
	if err != nil {
		t.Fatal(err)
	}
	if len(slowDeals) != 2 || slowDeals[0].Contact == nil || slowDeals[1].Contact != nil || !reflect.DeepEqual(slowDeals, fastDeals) {
		t.Errorf("InTenant\n%+v\nRead\n%+v", slowDeals, fastDeals)
	}
	if len(slowMessages) != 1 || slowMessages[0].Conversation.Participant == nil || !reflect.DeepEqual(slowMessages, fastMessages) {
		t.Errorf("InTenant\n%+v\nRead\n%+v", slowMessages, fastMessages)
	}
}
