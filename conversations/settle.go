package conversations

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"parlor/instagram"
	"parlor/tenants"
)

// looks are the pauses before each look at Instagram. An echo mostly comes within the first.
var looks = []time.Duration{3 * time.Second, 6 * time.Second, 12 * time.Second, 24 * time.Second}

// sent closes an attempt with Instagram's id of the message.
func (s *ReplySender) sent(ctx context.Context, tx *tenants.Tx, a attemptRow, mid string) error {
	if err := lockMID(tx, eventRow{MID: mid, DeliveryID: a.AttemptID}); err != nil {
		return err
	}
	m, err := lockReply(tx, a)
	if err != nil {
		return err
	}
	wasOpen, err := s.close(tx, a)
	if err != nil {
		return err
	}
	theirs, err := byMID(tx, mid)
	if err != nil {
		return err
	}
	switch {
	case m.MID != nil && *m.MID != mid: // another try was answered before: what this one sent is a message of its own
	case theirs != nil && theirs.MessageID != m.MessageID:
		err = adopt(tx, m, *theirs) // the echo was faster than the answer
	default:
		err = bindMID(ctx, tx, m, mid, s.o.Now().UTC())
	}
	if err != nil {
		return err
	}
	if err := errors.Join(unshadow(ctx, tx, m, s.o.Now()), recount(tx, m.ConversationID), told(ctx, tx, m)); err != nil || !wasOpen {
		return err
	}
	return passOn(ctx, tx, a.ConversationID)
}

// close marks the attempt as sent and reports whether it held up the ones behind it.
func (s *ReplySender) close(tx *tenants.Tx, a attemptRow) (wasOpen bool, err error) {
	now, err := attemptOf(tx, a.AttemptID)
	if err != nil {
		return false, err
	}
	wasOpen = now.State == AttemptSending || now.State == AttemptSettling
	return wasOpen, mark(tx, a, map[string]any{"state": AttemptSent, "fault": "", "settled_at": s.o.Now().UTC()})
}

// superseded closes the attempt whose turn it is of a reply that Instagram has given an id by an answer to another attempt, which came late.
func (s *ReplySender) superseded(ctx context.Context, tx *tenants.Tx, a attemptRow) error {
	_, err := s.close(tx, a)
	return errors.Join(err, passOn(ctx, tx, a.ConversationID))
}

// unsure leaves an attempt without an answer to the looks.
func (s *ReplySender) unsure(ctx context.Context, a attemptRow) error {
	open := false
	err := s.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		_, now, err := lockOpen(tx, a)
		if open = now.open(); err != nil || !open {
			return err
		}
		return s.begunByTheDead(ctx, tx, &a)
	})
	if err != nil || !open {
		return err
	}
	return river.JobSnooze(s.o.Looks[0])
}

// begunByTheDead turns an attempt in sending into one to be settled. It is never sent again by itself.
func (s *ReplySender) begunByTheDead(ctx context.Context, tx *tenants.Tx, a *attemptRow) error {
	m, err := messageOf(tx, a.MessageID)
	if err != nil {
		return err
	}
	a.State = AttemptSettling
	if err := mark(tx, *a, map[string]any{"state": a.State}); err != nil {
		return err
	}
	return show(ctx, tx, m, map[string]any{"state": StateUnknown, "fault": faultChecking})
}

// look seeks the traces of a reply: first among the echoes that came, then at Instagram itself. What it reads there it keeps, like an import.
func (s *ReplySender) look(ctx context.Context, a attemptRow) error {
	found, err := s.settledByTrace(ctx, a)
	if err != nil || found {
		return err
	}
	// A look that fails counts as one: the reply must not hold up those behind it for as long as Instagram is away, or the account rests.
	reading, cancel := context.WithTimeout(ctx, s.o.ReadWithin)
	defer cancel()
	if err := s.readThread(reading, a); err != nil {
		s.o.Logger.WarnContext(ctx, "conversation could not be read to settle a reply", "message_id", a.MessageID.String(), "error", err.Error())
	}
	return s.persist(ctx, func(ctx context.Context) error {
		if found, err := s.settledByTrace(ctx, a); err != nil || found {
			return err
		}
		return s.lookedInVain(ctx, a)
	})
}

// lookedInVain counts a look that found nothing; after the last one a person decides. An echo may have bound the reply since that look.
func (s *ReplySender) lookedInVain(ctx context.Context, a attemptRow) error {
	a.Looks++
	done := a.Looks >= len(s.o.Looks)
	err := s.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		m, now, err := lockOpen(tx, a)
		if err != nil || !now.open() {
			done = true
			return err
		}
		if err := mark(tx, a, map[string]any{"looks": a.Looks}); err != nil || !done {
			return err
		}
		if err := mark(tx, a, map[string]any{"state": AttemptUnknown, "settled_at": s.o.Now().UTC()}); err != nil {
			return err
		}
		if err := show(ctx, tx, m, map[string]any{"state": StateUnknown, "fault": ""}); err != nil {
			return err
		}
		return errors.Join(unshadow(ctx, tx, m, s.o.Now()), passOn(ctx, tx, a.ConversationID))
	})
	if err != nil || done {
		return err
	}
	return river.JobSnooze(s.o.Looks[a.Looks])
}

// settledByTrace binds the attempt to the oldest message of the account's that can only be it, and reports whether the attempt is settled.
func (s *ReplySender) settledByTrace(ctx context.Context, a attemptRow) (settled bool, err error) {
	err = s.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		m, now, err := lockOpen(tx, a)
		if err != nil || now.State != AttemptSettling {
			settled = true // an echo has bound it meanwhile
			return err
		}
		if m.MID != nil {
			settled = true
			return s.superseded(ctx, tx, now)
		}
		trace, err := traceOf(tx, m, now)
		if err != nil || trace == nil {
			return err
		}
		settled = true
		return settleWith(ctx, tx, m, now, *trace, s.o.Now())
	})
	return settled, err
}

// readThread reads the customer's conversation at Instagram and keeps what is new.
func (s *ReplySender) readThread(ctx context.Context, a attemptRow) error {
	var to string
	err := s.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		var c conversationRow
		if err := tx.DB().Select("participant_id").Where("conversation_id = ?", a.ConversationID).Take(&c).Error; err != nil {
			return err
		}
		var err error
		to, err = igsidOf(tx, c.ParticipantID)
		return err
	})
	if err != nil {
		return err
	}
	var page instagram.ThreadPage
	err = s.o.Gate.Call(ctx, func(ctx context.Context, token instagram.Secret) (err error) {
		page, err = s.o.Client.Threads(ctx, token, instagram.ThreadQuery{CustomerID: to, Limit: 1, Messages: true})
		return err
	})
	if err != nil {
		return err
	}
	for _, t := range page.Threads {
		if _, err := s.o.Importer.Thread(ctx, t, nil); err != nil {
			return err
		}
	}
	return nil
}
