package conversations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"parlor/instagram"
	"parlor/tenants"
)

// ImporterOptions holds what an Importer works with; DB and Accounts are required.
type ImporterOptions struct {
	DB       *tenants.DB
	Accounts *tenants.Accounts
	Erased   Erased // default: nobody's data was erased
	Now      func() time.Time
}

// Importer adds to the threads what Instagram holds and no webhook told. It raises nobody's unread, wakes no reply window up beyond the
// customer's last message, and brings back nothing that was taken back or erased. It is safe for concurrent use.
type Importer struct{ o ImporterOptions }

// NewImporter fills in what has a default.
func NewImporter(o ImporterOptions) *Importer {
	if o.Erased == nil {
		o.Erased = nobodyErased
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Importer{o: o}
}

// Imported counts what an import added.
type Imported struct{ Messages, Recovered int }

// Thread adds what is new of one conversation, in one transaction. Messages from recoveredSince on, if that is set, are marked as recovered: a
// webhook should have told them. A thread without a customer or without readable messages adds nothing.
func (i *Importer) Thread(ctx context.Context, t instagram.Thread, recoveredSince *time.Time) (Imported, error) {
	account, ok := tenants.AccountFrom(ctx)
	if !ok {
		return Imported{}, tenants.ErrNoAccount
	}
	a, err := i.o.Accounts.ByID(ctx, account)
	if err != nil {
		return Imported{}, err
	}
	side := ownSide{id: a.InstagramUserID, username: a.Username}
	now := i.o.Now()
	customer, messages := side.customer(t), side.readable(t, now)
	if customer.ID == "" || len(messages) == 0 {
		return Imported{}, nil
	}
	var done Imported
	err = i.o.DB.InTenant(ctx, func(tx *tenants.Tx) error {
		done = Imported{}
		w := importing{tx: tx, side: side, since: recoveredSince, now: now}
		erased, err := i.o.Erased(tx, customer.ID)
		if err != nil {
			return err
		}
		fresh, err := unknown(tx, messages, erased)
		if err != nil {
			return err
		}
		if len(fresh) > 0 {
			if err := w.open(ctx, customer, fresh); err != nil {
				return err
			}
			if err := i.o.Erased.still(tx, customer.ID, erased); err != nil {
				return err
			}
		}
		for _, m := range fresh {
			if err := w.add(ctx, m, &done); err != nil {
				return err
			}
		}
		if err := w.reactions(messages); err != nil || done.Messages == 0 {
			return err
		}
		return tx.Notify(ctx, tenants.LiveRef{Kind: tenants.LiveConversation, ConversationID: w.conv.ConversationID})
	})
	if err != nil {
		return Imported{}, fmt.Errorf("import a conversation: %w", err)
	}
	return done, nil
}

// unknown locks the mids and keeps the messages that are not here, were not taken back and are younger than an erasure, the oldest first.
func unknown(tx *tenants.Tx, messages []instagram.StoredMessage, erased *time.Time) ([]instagram.StoredMessage, error) {
	mids := make([]string, len(messages))
	for n, m := range messages {
		mids[n] = m.MID
	}
	slices.Sort(mids)                          // everybody locks them in this order, and before the conversation
	for _, mid := range slices.Compact(mids) { // Instagram lists one twice when its pages shift
		if err := lockMID(tx, eventRow{MID: mid, DeliveryID: importID}); err != nil {
			return nil, err
		}
	}
	known, err := knownMIDs(tx, mids)
	if err != nil {
		return nil, err
	}
	fresh := slices.DeleteFunc(slices.Clone(messages), func(m instagram.StoredMessage) bool {
		if known[m.MID] || erased != nil && !m.At.After(*erased) {
			return true
		}
		known[m.MID] = true
		return false
	})
	slices.Reverse(fresh) // the newest come first; of one second only their place tells which is the older
	slices.SortStableFunc(fresh, func(a, b instagram.StoredMessage) int { return a.At.Compare(b.At) })
	return fresh, nil
}

// knownMIDs returns which of the mids are in a thread or were taken back.
func knownMIDs(tx *tenants.Tx, mids []string) (map[string]bool, error) {
	var here, gone []string
	err := errors.Join(
		tx.DB().Model(&messageRow{}).Where(clause.IN{Column: "mid", Values: anys(mids)}).Pluck("mid", &here).Error,
		tx.DB().Model(&eventKeyRow{}).Where("kind = ?", instagram.KindUnsend).Where(clause.IN{Column: "mid", Values: anys(mids)}).Pluck("mid", &gone).Error,
	)
	known := map[string]bool{}
	for _, mid := range slices.Concat(here, gone) {
		known[mid] = true
	}
	return known, err
}

// ownSide tells the account apart from the customer.
type ownSide struct{ id, username string }

func (s ownSide) is(p instagram.Party) bool {
	switch {
	case p.ID == s.id, p.UserID == s.id:
		return true
	case p.ID == "" && p.UserID == "":
		return strings.EqualFold(p.Username, s.username)
	}
	return strings.EqualFold(p.Username, s.username) && s.username != "" // some answers name the account by its app-scoped id
}

// customer is the one participant who is not the account; without participants, the one of the messages.
func (s ownSide) customer(t instagram.Thread) instagram.Party {
	parties := slices.Clone(t.Parties)
	for _, m := range t.Messages {
		parties = append(append(parties, m.From), m.To...)
	}
	for _, p := range parties {
		if p.ID != "" && !s.is(p) {
			return p
		}
	}
	return instagram.Party{}
}

// readable keeps the messages with content and a time: of older ones Instagram gives the id alone, or claims that they were deleted.
// Source: Conversations API, read 2026-11-22.
func (s ownSide) readable(t instagram.Thread, now time.Time) []instagram.StoredMessage {
	kept := slices.DeleteFunc(slices.Clone(t.Messages), func(m instagram.StoredMessage) bool { return !m.Readable || m.MID == "" || m.At.IsZero() })
	for n := range kept {
		if kept[n].At.After(now.Add(clockSkew)) {
			kept[n].At = now.UTC()
		}
	}
	return kept
}

// importing is one conversation while it is being imported.
type importing struct {
	tx    *tenants.Tx
	side  ownSide
	since *time.Time
	now   time.Time
	conv  conversationRow
}

func (w *importing) open(ctx context.Context, customer instagram.Party, fresh []instagram.StoredMessage) (err error) {
	w.conv, err = openConversation(ctx, w.tx, customer.ID, customer.Username, fresh[len(fresh)-1].At, w.now)
	return err
}

// add adds one message, unless it is a reply of ours that waited for its trace.
func (w *importing) add(ctx context.Context, in instagram.StoredMessage, done *Imported) error {
	m := w.row(in)
	if err := w.tx.DB().Create(&m).Error; err != nil {
		return err
	}
	if err := keepWords(w.tx, m); err != nil {
		return err
	}
	if err := addAttachments(w.tx, in.Attachments, m); err != nil {
		return err
	}
	kinds, err := claimedKinds(w.tx, in.MID)
	if err != nil {
		return err
	}
	if err := caughtUp(ctx, w.tx, &m, kinds); err != nil { // an edit may have come before it
		return err
	}
	if m.Direction == Outbound {
		taken, err := claimTrace(ctx, w.tx, m, w.now)
		if err != nil {
			return err
		}
		if taken {
			return w.reload()
		}
	}
	done.Messages++
	if m.Recovered {
		done.Recovered++
	}
	if err := advance(w.tx, w.conv, m); err != nil {
		return err
	}
	return w.reload()
}

// reload reads the conversation again: the next message is compared with what this one has changed.
func (w *importing) reload() error {
	return w.tx.DB().Where("conversation_id = ?", w.conv.ConversationID).Take(&w.conv).Error
}

func (w *importing) row(in instagram.StoredMessage) messageRow {
	m := messageRow{
		MessageID: newID(), ConversationID: w.conv.ConversationID, MID: &in.MID, Direction: Inbound, State: StateReceived,
		Kind:   kindOf(&instagram.Message{Text: in.Text, Attachments: in.Attachments, IsUnsupported: in.IsUnsupported}),
		Source: SourceBackfill, SentAt: in.At.UTC().Truncate(time.Microsecond),
	}
	if w.side.is(in.From) {
		m.Direction, m.State = Outbound, StateSent
	}
	if in.Text != "" {
		m.Text = &in.Text
	}
	if in.ReplyTo != nil && in.ReplyTo.MID != "" {
		m.ReplyToMID = &in.ReplyTo.MID
	}
	m.Recovered = w.since != nil && !m.SentAt.Before(*w.since)
	return m
}

// reactions keeps those that nobody told of yet, to messages that were neither taken back nor erased since Instagram was asked. It does not
// say when they were put: they count as old as their message.
func (w *importing) reactions(messages []instagram.StoredMessage) error {
	for _, m := range messages {
		if len(m.Reactions) == 0 {
			continue
		}
		here, err := lockedByMID(w.tx, m.MID)
		if err != nil {
			return err
		}
		if here == nil || here.Kind == KindUnsent {
			continue
		}
		for _, r := range m.Reactions {
			row := reactionRow{MID: m.MID, Actor: ActorCustomer, Emoji: r.Emoji, ReactedAt: m.At.UTC()}
			if w.side.is(instagram.Party{ID: r.PartyID, Username: r.Username}) {
				row.Actor = ActorAccount
			}
			if err := w.tx.DB().Clauses(newestReaction).Create(&row).Error; err != nil {
				return err
			}
		}
	}
	return nil
}
