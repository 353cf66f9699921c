package conversations

import (
	"context"
	"unicode/utf8"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"parlor/tenants"
)

// newestReaction keeps the later of two reactions of one person to one message, in whatever order they come. Of two at the same moment the
// one that takes off stands.
var newestReaction = clause.OnConflict{
	Columns:   []clause.Column{{Name: "account_id"}, {Name: "mid"}, {Name: "actor"}},
	DoUpdates: clause.AssignmentColumns([]string{"name", "emoji", "removed", "reacted_at"}),
	Where: clause.Where{Exprs: []clause.Expression{gorm.Expr(
		"(reactions.reacted_at, reactions.removed, reactions.emoji) < (excluded.reacted_at, excluded.removed, excluded.emoji)")}},
}

// react puts a reaction on a message or takes it off. The message may come later.
func (a *Applier) react(ctx context.Context, tx *tenants.Tx, e event, came bool) (result, error) {
	row, ok := newReaction(e)
	if !ok {
		return result{outcome: OutcomeSkipped, reason: reasonEmpty}, nil
	}
	m, err := lockedByMID(tx, e.row.MID)
	if err != nil {
		return result{}, err
	}
	if m == nil && came { // erased
		return forgotten, nil
	}
	kept := tx.DB().Clauses(newestReaction).Create(&row)
	if kept.Error != nil {
		return result{}, kept.Error
	}
	if m == nil || kept.RowsAffected == 0 {
		return applied, nil
	}
	return applied, told(ctx, tx, *m)
}

// newReaction is the row of a reaction; ok is false for one that says neither what nor that it is gone.
func newReaction(e event) (row reactionRow, ok bool) {
	in := e.item.Reaction
	row = reactionRow{
		MID: e.row.MID, Actor: ActorCustomer, Name: in.Name, Emoji: emojiOf(in.Name, in.Emoji),
		Removed: in.TakenOff(), ReactedAt: e.at(),
	}
	if e.item.SenderID != "" && e.item.SenderID == e.item.EntryID {
		row.Actor = ActorAccount
	}
	if row.Removed {
		row.Name, row.Emoji = "", ""
	}
	return row, row.Removed || row.Emoji != ""
}

// reactionEmojis are what Instagram's names of reactions look like, for those that come without an emoji. Source: Webhooks for Instagram,
// reactions, read 2026-11-22.
var reactionEmojis = map[string]string{
	"love": "❤️", "like": "👍", "wow": "😮", "sad": "😢", "angry": "😠", "laugh": "😆", "haha": "😆", "dislike": "👎", "other": "❔",
}

// variationSelector makes a symbol that is also a plain character an emoji. Instagram leaves it off at times.
const variationSelector = "\uFE0F"

// emojiOf is what a reaction is shown as. An unknown name without an emoji is shown as a question.
func emojiOf(name, emoji string) string {
	switch {
	case emoji == "" && name == "":
		return ""
	case emoji == "" && reactionEmojis[name] == "":
		return reactionEmojis["other"]
	case emoji == "":
		return reactionEmojis[name]
	}
	if r, size := utf8.DecodeRuneInString(emoji); size == len(emoji) && r >= 0x2190 && r < 0x1F000 {
		return emoji + variationSelector
	}
	return emoji
}
