package instagram

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// madePrefix begins a mid that Parlor made because Instagram gave none.
const madePrefix = "parlor:"

// IsMadeMID reports whether Parlor made this mid: Instagram does not know it.
func IsMadeMID(mid string) bool { return strings.HasPrefix(mid, madePrefix) }

var errNoMID = errors.New("no mid")

func (i *reading) readMessage(raw json.RawMessage) error {
	var wire wireMessage
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	if wire.MID == "" {
		return errNoMID
	}
	message, err := wire.message()
	if err != nil {
		return err
	}
	i.Message, i.MID = message, message.MID
	switch {
	case message.IsDeleted:
		i.Kind = KindUnsend
	case message.IsSelf, i.isFromAccount() && i.RecipientID == i.EntryID:
		i.Kind = KindSelf
	case message.IsEcho, i.isFromAccount():
		i.Kind, message.IsEcho = KindEcho, true
	default:
		i.Kind = KindMessage
	}
	return nil
}

func (i *reading) readReaction(raw json.RawMessage) error {
	var wire struct {
		MID    wireMID  `json:"mid"`
		Action wireText `json:"action"`
		Name   wireText `json:"reaction"`
		Emoji  wireText `json:"emoji"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	if wire.MID == "" {
		return errNoMID
	}
	i.Kind, i.MID = KindReaction, string(wire.MID)
	i.Reaction = &Reaction{MID: i.MID, Action: string(wire.Action), Name: string(wire.Name), Emoji: string(wire.Emoji)}
	// A person may put, take off and put the same one again: only the time tells these apart.
	i.Variant = digest(i.SenderID, strconv.FormatInt(i.millis(), 10), i.Reaction.Action, i.Reaction.Name, i.Reaction.Emoji)
	return nil
}

func (i *reading) readEdit(raw json.RawMessage) error {
	var wire struct {
		MID  wireMID   `json:"mid"`
		Text *wireText `json:"text"`
		Num  wireInt   `json:"num_edit"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	if wire.MID == "" {
		return errNoMID
	}
	i.Kind, i.MID, i.Variant = KindEdit, string(wire.MID), strconv.FormatInt(int64(wire.Num), 10)
	i.Edit = &Edit{MID: i.MID, Text: (*string)(wire.Text), Num: int64(wire.Num)}
	return nil
}

func (i *reading) readRead(raw json.RawMessage) error {
	var wire struct {
		MID wireMID `json:"mid"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	i.nameless(KindRead, raw)
	if wire.MID != "" {
		i.MID, i.Variant = string(wire.MID), ""
	}
	i.Read = &Read{MID: string(wire.MID)}
	return nil
}

func (i *reading) readPostback(raw json.RawMessage) error {
	var wire struct {
		MID      wireMID         `json:"mid"`
		Title    wireText        `json:"title"`
		Payload  json.RawMessage `json:"payload"`
		Referral *wireReferral   `json:"referral"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	i.nameless(KindPostback, wire.Payload)
	if wire.MID != "" {
		i.MID, i.Variant = string(wire.MID), strconv.FormatInt(i.millis(), 10)
	}
	i.Postback = &Postback{MID: i.MID, Title: string(wire.Title), Payload: opaque(wire.Payload)}
	if wire.Referral != nil {
		i.Postback.Referral = wire.Referral.referral()
	}
	return nil
}

func (i *reading) readReferral(raw json.RawMessage) error {
	var wire wireReferral
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	i.nameless(KindReferral, raw)
	i.Referral = wire.referral()
	return nil
}

// nameless names an event that has no mid: by what is the same in each of its deliveries and differs from all others.
func (i *reading) nameless(kind Kind, payload []byte) {
	i.Kind, i.Variant = kind, ""
	i.MID = madePrefix + digest(i.EntryID, i.SenderID, i.RecipientID, strconv.FormatInt(i.millis(), 10), string(payload))
}

// digest joins the parts without ambiguity and shortens them to 32 characters.
func digest(parts ...string) string {
	sum := sha256.New()
	for _, part := range parts {
		_, _ = fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// shapeOf tells what was unexpected without quoting the content.
func shapeOf(err error) string {
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		what, _, _ := strings.Cut(kind.Value, " ")
		return "unexpected " + what
	}
	return err.Error()
}
