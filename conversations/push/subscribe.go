package push

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// MaxDevices is how many sign-ins of one person are told in one account. One more takes the place of the oldest.
const MaxDevices = 10

// device is the sign-in of a person who may be told.
func device(ctx context.Context) (tenants.Principal, error) {
	who, ok := tenants.PrincipalFrom(ctx)
	if !ok || who.UserID.IsZero() || who.SessionID.IsZero() || !who.Can(tenants.NoticesReceive) {
		return tenants.Principal{}, ErrNoDevice
	}
	return who, nil
}

// Subscribed reports whether the session of ctx is told of its account's news.
func (p *Push) Subscribed(ctx context.Context) (bool, error) {
	who, err := device(ctx)
	if err != nil || p == nil {
		return false, err
	}
	var rows []subscriptionRow
	err = p.o.DB.Read(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Select("account_id", "subscription_id").Where("session_id = ? and user_id = ?", who.SessionID, who.UserID)
	})
	if err != nil {
		return false, fmt.Errorf("look for a push subscription: %w", err)
	}
	return len(rows) > 0, nil
}

// Subscribe has the session of ctx told of its account's news, in place of what it, or the same browser, subscribed before. Errors: ErrOff,
// ErrNoDevice, ErrEndpoint, ErrKeys, ErrQuiet.
func (p *Push) Subscribe(ctx context.Context, s Subscription) error {
	who, err := device(ctx)
	if err != nil {
		return err
	}
	if p == nil {
		return ErrOff
	}
	if err := s.check(); err != nil {
		return err
	}
	row, err := p.row(who, s)
	if err != nil {
		return err
	}
	err = p.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		if err := tx.DB().Where("endpoint_mark = ? and session_id <> ?", row.EndpointMark, row.SessionID).Delete(&subscriptionRow{}).Error; err != nil {
			return err
		}
		if err := makeRoom(tx, who); err != nil {
			return err
		}
		return tx.DB().Clauses(newest).Create(&row).Error
	})
	if err != nil {
		return fmt.Errorf("subscribe to pushes: %w", err)
	}
	return nil
}

func (p *Push) row(who tenants.Principal, s Subscription) (subscriptionRow, error) {
	sealed, err := p.seal(who.AccountID, s)
	if err != nil {
		return subscriptionRow{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return subscriptionRow{}, fmt.Errorf("new id: %w", err)
	}
	row := subscriptionRow{
		SubscriptionID: id, UserID: who.UserID, SessionID: who.SessionID, EndpointMark: p.mark(who.AccountID, s.Endpoint), Sealed: sealed,
		CreatedAt: p.o.Now().UTC().Truncate(time.Microsecond),
	}
	if s.Quiet != nil {
		row.QuietFrom, row.QuietTo, row.Zone = &s.Quiet.From, &s.Quiet.To, s.Quiet.Zone
	}
	return row, nil
}

// newest replaces what the sign-in subscribed before: the tabs of a browser that is started again do so at once.
var newest = clause.OnConflict{
	Columns:   []clause.Column{{Name: "account_id"}, {Name: "session_id"}},
	DoUpdates: clause.AssignmentColumns([]string{"user_id", "endpoint_mark", "sealed", "quiet_from", "quiet_to", "zone", "created_at", "failures"}),
}

// makeRoom leaves place for this device among the others of its person.
func makeRoom(tx *tenants.Tx, who tenants.Principal) error {
	var held []subscriptionRow
	err := tx.DB().Select("account_id", "subscription_id").Where("user_id = ? and session_id <> ?", who.UserID, who.SessionID).
		Order("created_at desc, subscription_id desc").Find(&held).Error
	if err != nil || len(held) < MaxDevices {
		return err
	}
	var over []uuid.UUID
	for _, row := range held[MaxDevices-1:] {
		over = append(over, row.SubscriptionID)
	}
	return tx.DB().Where("subscription_id in ?", over).Delete(&subscriptionRow{}).Error
}

// Unsubscribe ends what Subscribe began for the session of ctx; one that is not subscribed is no error.
func (p *Push) Unsubscribe(ctx context.Context) error {
	who, err := device(ctx)
	if err != nil || p == nil {
		return err
	}
	return p.remove(ctx, "session_id = ? and user_id = ?", who.SessionID, who.UserID)
}

// Left ends the subscriptions of somebody who may have left the account of ctx, if they have.
func (p *Push) Left(ctx context.Context, user tenants.UserID) error {
	if p == nil {
		return nil
	}
	if belongs, err := p.o.Members.Belongs(ctx, user); err != nil || belongs {
		return err
	}
	return p.remove(ctx, "user_id = ?", user)
}

func (p *Push) remove(ctx context.Context, where string, args ...any) error {
	err := p.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		return tx.DB().Where(where, args...).Delete(&subscriptionRow{}).Error
	})
	if err != nil {
		return fmt.Errorf("remove push subscriptions: %w", err)
	}
	return nil
}
