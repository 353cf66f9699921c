package conversations

import (
	"errors"
	"time"

	"parlor/tenants"
)

// Erased returns when this customer's data was erased last, or nil: what is older is not brought back. Eraser.ErasedAt is one.
type Erased func(tx *tenants.Tx, igsid string) (*time.Time, error)

func nobodyErased(*tenants.Tx, string) (*time.Time, error) { return nil, nil }

// errErasedMeanwhile rolls back what began before an erasure and would outlive it. The next try knows of it.
var errErasedMeanwhile = errors.New("customer was erased meanwhile")

// still is asked with the customer's conversation locked: any erasure is either done by now, and is found, or waits for that lock and takes
// with it what is being added.
func (e Erased) still(tx *tenants.Tx, igsid string, before *time.Time) error {
	now, err := e(tx, igsid)
	switch {
	case err != nil:
		return err
	case now != nil && (before == nil || now.After(*before)):
		return errErasedMeanwhile
	}
	return nil
}

// tooLate reports whether an event tells of what was before its customer's erasure: a webhook that was late, repeated or replayed. When that
// erasure was is returned for a second look.
func (e Erased) tooLate(tx *tenants.Tx, ev event) (at *time.Time, late bool, err error) {
	igsid := ev.item.Customer()
	if igsid == "" {
		return nil, false, nil
	}
	at, err = e(tx, igsid)
	return at, at != nil && !ev.at().After(*at), err
}
