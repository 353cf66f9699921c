package conversations

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"parlor/instagram"
	"parlor/tenants"
)

// traceSkew is how far Instagram's time of a message may lie before the moment at which we began to send it: its times are cut to seconds,
// and two clocks differ.
const traceSkew = 2 * time.Second

// traceWithin is how long after that moment a message can still be what an attempt sent: its call is cut off after sendWithin. Whatever is later was
// written by somebody, also when it says the same.
const traceWithin = 2 * time.Minute

// A trace is a message of the account's that Instagram told of and that no reply of ours has claimed: an echo, or what a look at the
// conversation found. Bound to a reply it is that reply; until then it is what somebody wrote elsewhere.

// traceOf returns the oldest trace that can only be that attempt, or nil. With other replies of the same content whose fate is unknown as
// well, there must be a trace for each of them.
func traceOf(tx *tenants.Tx, m messageRow, a attemptRow) (*messageRow, error) {
	var found []messageRow
	err := tx.DB().Where("conversation_id = ? and direction = ? and source <> ? and mid is not null", m.ConversationID, Outbound, SourceParlor).
		Where("sent_at >= ? and sent_at <= ?", a.StartedAt.Add(-traceSkew), a.StartedAt.Add(traceWithin)).Order("sent_at, message_id").Find(&found).Error
	if err != nil {
		return nil, err
	}
	same, err := sameContent(tx, m, found)
	if err != nil || len(same) == 0 {
		return nil, err
	}
	rivals, err := withoutMID(tx, m)
	if err != nil {
		return nil, err
	}
	const reach = traceWithin + traceSkew // of the traces that this attempt could have left, another one's too
	if rivals, _, err = begunBetween(tx, rivals, a.StartedAt.Add(-reach), a.StartedAt.Add(reach)); err != nil {
		return nil, err
	}
	claims := len(rivals)
	if !slices.ContainsFunc(rivals, func(r messageRow) bool { return r.MessageID == m.MessageID }) {
		claims++
	}
	older := 0
	for _, r := range rivals {
		if r.MessageID != m.MessageID && r.CreatedAt.Before(m.CreatedAt) {
			older++
		}
	}
	if claims > len(same) || older >= len(same) {
		return nil, nil // which of them it is, nobody can tell
	}
	return &same[older], nil
}

// withoutMID returns the replies of the same conversation and content as m that have no mid, m among them.
func withoutMID(tx *tenants.Tx, m messageRow) ([]messageRow, error) {
	var open []messageRow
	err := tx.DB().Where("conversation_id = ? and direction = ? and source = ? and mid is null", m.ConversationID, Outbound, SourceParlor).
		Order("created_at, message_id").Find(&open).Error
	if err != nil {
		return nil, err
	}
	return sameContent(tx, m, open)
}

// sameContent keeps those of list that say what m says. Instagram cuts white space off at the ends. What was hidden for a reply said the same when
// it came, also if it has been edited or taken back since.
func sameContent(tx *tenants.Tx, m messageRow, list []messageRow) ([]messageRow, error) {
	want, err := attachmentTypes(tx, m)
	if err != nil {
		return nil, err
	}
	var faults []error
	same := slices.DeleteFunc(slices.Clone(list), func(o messageRow) bool {
		if o.hiddenFor(m) || m.hiddenFor(o) {
			return false
		}
		if o.Kind != m.Kind || strings.TrimSpace(text(o.Text)) != strings.TrimSpace(text(m.Text)) {
			return true
		}
		got, err := attachmentTypes(tx, o)
		faults = append(faults, err)
		return !slices.Equal(got, want)
	})
	return same, errors.Join(faults...)
}

func (m messageRow) hiddenFor(reply messageRow) bool {
	return m.ShadowOf != nil && *m.ShadowOf == reply.MessageID
}

func attachmentTypes(tx *tenants.Tx, m messageRow) (types []string, err error) {
	if m.Kind != KindAttachment {
		return nil, nil
	}
	err = tx.DB().Model(&attachmentRow{}).Where("message_id = ?", m.MessageID).Order("position").Pluck("type", &types).Error
	return types, err
}

// claimTrace is asked for each message of the account's that Instagram tells of and that is new here, m, before the conversation is advanced.
// It reports whether m is spoken for: bound to a reply, or hidden while the answer to one of equal content is awaited.
func claimTrace(ctx context.Context, tx *tenants.Tx, m messageRow, now time.Time) (bool, error) {
	open, err := withoutMID(tx, m)
	if err != nil {
		return false, err
	}
	open, attempts, err := begunBetween(tx, open, m.SentAt.Add(-traceWithin), m.SentAt.Add(traceSkew))
	if err != nil || len(open) == 0 {
		return false, err
	}
	for _, reply := range open {
		if reply.State == StateSending { // its answer, or its settling, decides
			return true, tx.DB().Model(&messageRow{}).Where("message_id = ?", m.MessageID).Update("shadow_of", reply.MessageID).Error
		}
	}
	if len(open) > 1 || open[0].State == StateQueued { // its next try looks for this one before it is made
		return false, nil
	}
	last, err := lastAttempt(tx, open[0].MessageID)
	if err != nil {
		return false, err
	}
	if last.open() { // an older one has come; nobody has to look for the newest any more
		attempts[0] = last
	}
	return true, settleWith(ctx, tx, open[0], attempts[0], m, now)
}

// begunBetween keeps the replies of which an attempt that may have gone out began between two moments, each with the newest such attempt. The
// reply itself may stand as failed since: a later attempt did.
func begunBetween(tx *tenants.Tx, replies []messageRow, from, to time.Time) (kept []messageRow, attempts []attemptRow, err error) {
	for _, r := range replies {
		var begun []attemptRow
		err := tx.DB().Where("message_id = ? and state not in ?", r.MessageID, []AttemptState{AttemptQueued, AttemptFailed}).
			Where("started_at >= ? and started_at <= ?", from, to).Order("seq desc").Limit(1).Find(&begun).Error
		if err != nil {
			return nil, nil, err
		}
		if len(begun) > 0 {
			kept, attempts = append(kept, r), append(attempts, begun[0])
		}
	}
	return kept, attempts, nil
}

// settleWith makes a trace the reply that it is.
func settleWith(ctx context.Context, tx *tenants.Tx, m messageRow, a attemptRow, trace messageRow, now time.Time) error {
	wasOpen := a.State == AttemptSettling
	if err := mark(tx, a, map[string]any{"state": AttemptSent, "fault": "", "settled_at": now.UTC()}); err != nil {
		return err
	}
	if err := adopt(tx, m, trace); err != nil {
		return err
	}
	if err := errors.Join(unshadow(ctx, tx, m, now), recount(tx, m.ConversationID), told(ctx, tx, m)); err != nil || !wasOpen {
		return err
	}
	return passOn(ctx, tx, m.ConversationID)
}

// adopt merges what Instagram told of a message into the reply that it is: its mid, its time, its attachments; the reply's row stays.
func adopt(tx *tenants.Tx, m, trace messageRow) error {
	if err := adoptAttachments(tx, m, trace); err != nil {
		return err
	}
	if err := tx.DB().Where("message_id = ?", trace.MessageID).Delete(&messageRow{}).Error; err != nil {
		return err
	}
	changes := map[string]any{
		"mid": trace.MID, "state": StateSent, "fault": "", "marked_sent": false, "sent_at": trace.SentAt, "app_id": trace.AppID,
		"kind": trace.Kind, "text": trace.Text, "edited_at": trace.EditedAt, "edit_num": trace.EditNum,
	}
	if err := tx.DB().Model(&messageRow{}).Where("message_id = ?", m.MessageID).Updates(changes).Error; err != nil {
		return err
	}
	m.Text, m.SentAt = trace.Text, trace.SentAt
	if err := keepWords(tx, m); err != nil || trace.Kind != KindUnsent {
		return err
	}
	return eraseContent(tx, m) // taken back before anybody knew whose it was: our copy of the file goes, too
}

// adoptAttachments gives the reply what Instagram told of its files, under the ids by which pages show them already. Also of a text: the story
// that it answers.
func adoptAttachments(tx *tenants.Tx, m, trace messageRow) error {
	var ids []uuid.UUID
	if m.Kind == KindAttachment {
		var err error
		if ids, err = takeAttachments(tx, m.MessageID); err != nil {
			return err
		}
	}
	var told []attachmentRow
	if err := tx.DB().Where("message_id = ?", trace.MessageID).Order("position").Find(&told).Error; err != nil {
		return err
	}
	for i, a := range told {
		changes := map[string]any{"message_id": m.MessageID}
		if i < len(ids) {
			changes["attachment_id"] = ids[i]
		}
		if err := tx.DB().Model(&attachmentRow{}).Where("attachment_id = ?", a.AttachmentID).Updates(changes).Error; err != nil {
			return err
		}
	}
	return nil
}

// bindMID notes the mid of a reply whose echo has not come yet. It may have been taken back, edited or seen already.
func bindMID(ctx context.Context, tx *tenants.Tx, m messageRow, mid string, now time.Time) error {
	m.MID, m.SentAt = &mid, now.Truncate(time.Microsecond)
	changes := map[string]any{"mid": mid, "state": StateSent, "fault": "", "sent_at": m.SentAt}
	if err := tx.DB().Model(&messageRow{}).Where("message_id = ?", m.MessageID).Updates(changes).Error; err != nil {
		return err
	}
	kinds, err := claimedKinds(tx, mid)
	if err != nil {
		return err
	}
	if slices.Contains(kinds, instagram.KindUnsend) {
		return eraseContent(tx, m)
	}
	return caughtUp(ctx, tx, &m, kinds)
}

// unshadow shows the messages that were hidden for the sake of a reply whose fate is known now, and was not theirs.
func unshadow(ctx context.Context, tx *tenants.Tx, m messageRow, now time.Time) error {
	var hidden []messageRow
	err := tx.DB().Where("shadow_of = ?", m.MessageID).Order("sent_at, message_id").Find(&hidden).Error
	if err != nil || len(hidden) == 0 {
		return err
	}
	err = tx.DB().Model(&messageRow{}).Where("shadow_of = ?", m.MessageID).Update("shadow_of", nil).Error
	if err != nil {
		return err
	}
	for _, h := range hidden { // it may be that of an older reply which nobody knew the fate of
		if _, err := claimTrace(ctx, tx, h, now); err != nil {
			return err
		}
	}
	return recount(tx, m.ConversationID)
}

func byMID(tx *tenants.Tx, mid string) (*messageRow, error) {
	var m messageRow
	err := tx.DB().Where("mid = ?", mid).Take(&m).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	return &m, err
}

// recount brings the columns that the list shows up to date with the thread as it is: after messages were merged, shown or removed.
func recount(tx *tenants.Tx, conversationID uuid.UUID) error {
	var last messageRow
	err := tx.DB().Where("conversation_id = ? and shadow_of is null", conversationID).Order("sent_at desc, message_id desc").Take(&last).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	waiting, err := stillWaiting(tx, conversationID)
	if err != nil {
		return err
	}
	return tx.DB().Model(&conversationRow{}).Where("conversation_id = ?", conversationID).Updates(map[string]any{
		"last_message_id": last.MessageID, "last_message_at": last.SentAt, "last_message_text": last.Text,
		"last_message_kind": last.Kind, "last_message_direction": last.Direction, "waiting_since": waiting,
	}).Error
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
