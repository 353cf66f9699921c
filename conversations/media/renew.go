package media

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"parlor/instagram"
	"parlor/tenants"
)

const (
	// refetchPause is for how long Instagram is not asked again for an address after it could not be.
	refetchPause = time.Minute
	// refetchTime bounds the question; it waits for the account's turn to call.
	refetchTime = 20 * time.Second
)

// renewing tries with the address that we have and, when that has expired, once with a new one. That Instagram does not give the file any
// more is written down.
func (m *Media) renewing(ctx context.Context, row attachmentRow, try func(address string) error) error {
	if row.ExpiredAt != nil && m.o.Now().Sub(*row.ExpiredAt) < expiredPause {
		return ErrExpired
	}
	err := try(readPayload(row.Payload).URL)
	if !errors.Is(err, ErrExpired) || m.o.Refetch == nil {
		return err
	}
	address, err := m.renew(ctx, row)
	if err == nil {
		err = try(address)
	}
	if errors.Is(err, ErrExpired) {
		m.noteExpired(ctx, row)
	}
	return err
}

// renew asks Instagram for the message's attachments, once for all who wait for them, and returns this one's address.
func (m *Media) renew(ctx context.Context, row attachmentRow) (string, error) {
	if _, ok := m.waits.get(row.MessageID); ok {
		return "", fmt.Errorf("%w: the address could not be renewed a moment ago", ErrUpstream)
	}
	answers := m.asking.DoChan(row.AccountID.String()+row.MessageID.String(), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refetchTime)
		defer cancel()
		if known, err := m.known(ctx, row); err != nil || known != nil {
			return known, err
		}
		return m.ask(ctx, row.MessageID)
	})
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case answer := <-answers:
		if answer.Err != nil {
			return "", answer.Err
		}
		addresses, _ := answer.Val.(map[uuid.UUID]string)
		if addresses[row.AttachmentID] == "" {
			return "", fmt.Errorf("%w: the message has no such attachment now", ErrExpired)
		}
		return addresses[row.AttachmentID], nil
	}
}

// known returns the addresses of a message when the one that a reader has tried is not the stored one any more: somebody else has renewed it
// while the reader was trying. nil when it has to be asked for.
func (m *Media) known(ctx context.Context, row attachmentRow) (map[uuid.UUID]string, error) {
	var rows []attachmentRow
	err := m.db.Read(ctx, &rows, func(db *gorm.DB) *gorm.DB { return db.Where("message_id = ?", row.MessageID) })
	if err != nil {
		return nil, fmt.Errorf("read the addresses of a message: %w", err)
	}
	addresses := make(map[uuid.UUID]string, len(rows))
	for _, r := range rows {
		addresses[r.AttachmentID] = readPayload(r.Payload).URL
	}
	if now := addresses[row.AttachmentID]; now == "" || now == readPayload(row.Payload).URL {
		return nil, nil
	}
	return addresses, nil
}

// ask gets new addresses of a message's attachments and stores them.
func (m *Media) ask(ctx context.Context, messageID uuid.UUID) (map[uuid.UUID]string, error) {
	message, err := one[messageRow](ctx, m, "message", func(q *gorm.DB) *gorm.DB {
		return q.Select("account_id", "message_id", "mid").Where("message_id = ?", messageID)
	})
	if err != nil {
		return nil, err
	}
	if message.MID == nil {
		return nil, ErrExpired
	}
	fresh, err := m.o.Refetch(ctx, *message.MID)
	switch {
	case errors.Is(err, ErrExpired), isForgotten(err):
		return nil, ErrExpired
	case err != nil:
		m.waits.put(messageID, struct{}{})
		return nil, fmt.Errorf("%w: renew the address: %w", ErrUpstream, err)
	}
	return m.readdress(ctx, messageID, fresh)
}

// isForgotten reports whether Instagram says that it cannot give this message, and would say so again. It says that of a message that was
// taken back, and of every one that is not among the newest twenty. Source: Conversations API, read 2026-11-22.
func isForgotten(err error) bool {
	fault := instagram.FaultOf(err)
	return fault == instagram.FaultPermanent || fault == instagram.FaultRecipient
}

// readdress stores the new addresses, as far as the attachments are still there, and returns them.
func (m *Media) readdress(ctx context.Context, messageID uuid.UUID, fresh []instagram.Attachment) (map[uuid.UUID]string, error) {
	var addresses map[uuid.UUID]string
	err := m.db.InTenant(ctx, func(tx *tenants.Tx) error {
		addresses = map[uuid.UUID]string{}
		var rows []attachmentRow
		if err := tx.DB().Select(attachmentColumns).Where("message_id = ?", messageID).Order("position").Find(&rows).Error; err != nil {
			return err
		}
		for i, a := range matched(rows, fresh) {
			if a == nil || a.URL == "" {
				continue
			}
			payload, err := withAddress(rows[i].Payload, a.URL)
			if err != nil {
				return err
			}
			addresses[rows[i].AttachmentID] = a.URL
			err = tx.DB().Model(&attachmentRow{}).Where("attachment_id = ?", rows[i].AttachmentID).
				Updates(map[string]any{"payload": payload, "expired_at": nil}).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("store new addresses: %w", err)
	}
	return addresses, nil
}

// matched finds each row's attachment in Instagram's answer: the same one in order among those of its type or, when both lists are equally
// long, the one in its place.
func matched(rows []attachmentRow, fresh []instagram.Attachment) []*instagram.Attachment {
	byType := map[string][]*instagram.Attachment{}
	for i := range fresh {
		byType[fresh[i].Type] = append(byType[fresh[i].Type], &fresh[i])
	}
	found := make([]*instagram.Attachment, len(rows))
	for i, row := range rows {
		if same := byType[row.Type]; len(same) > 0 {
			found[i], byType[row.Type] = same[0], same[1:]
		} else if len(rows) == len(fresh) {
			found[i] = &fresh[i]
		}
	}
	return found
}

// withAddress changes the one key of Instagram's object that holds the address.
func withAddress(raw json.RawMessage, address string) (json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, fmt.Errorf("read the payload: %w", err)
	}
	key := readPayload(raw).URLKey
	if key == "" {
		key = urlKeys[0]
	}
	text, err := json.Marshal(address)
	if err != nil {
		return nil, err
	}
	fields[key] = text
	return json.Marshal(fields)
}

// noteExpired writes down that the file is gone. When that fails it is only asked for once more.
func (m *Media) noteExpired(ctx context.Context, row attachmentRow) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanTime)
	defer cancel()
	err := m.db.InTenant(ctx, func(tx *tenants.Tx) error {
		return tx.DB().Model(&attachmentRow{}).Where("attachment_id = ?", row.AttachmentID).
			Updates(map[string]any{"expired_at": m.o.Now().UTC()}).Error
	})
	if err != nil {
		m.o.Logger.WarnContext(ctx, "media.expired", "attachment_id", row.AttachmentID, "error", err.Error())
	}
}
