package conversations

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"parlor/instagram"
	"parlor/tenants"
)

// incoming is an item of a thread as a webhook tells it.
type incoming struct {
	messageRow
	attachments []instagram.Attachment
}

// attachmentStoryReply is the type of an attachment that Parlor makes: the story that a message answers, which is no part of the message.
const attachmentStoryReply = "story_reply"

// newMessage reads what is shown in a thread; ok is false for everything else. It has no id of its conversation yet.
func newMessage(e event) (m incoming, ok bool) {
	m.messageRow = messageRow{
		MessageID: newID(), MID: &e.row.MID, Direction: Inbound, State: StateReceived, Source: SourceWebhook,
		SentAt: e.at().Truncate(time.Microsecond), Standby: e.item.Kind.Standby(),
	}
	switch kind := e.item.Kind.Base(); {
	case (kind == instagram.KindMessage || kind == instagram.KindEcho) && e.item.Message != nil:
		m.said(e.item)
	case kind == instagram.KindPostback && e.item.Postback != nil:
		m.tapped(e.item)
	case kind == instagram.KindReferral && e.item.Referral != nil:
		m.led(e.item)
	default:
		return incoming{}, false
	}
	return m, true
}

// said fills in what somebody wrote.
func (m *incoming) said(item instagram.Item) {
	in := item.Message
	m.Kind, m.Text, m.attachments = kindOf(in), textOf(in.Text), in.Attachments
	m.Referral = referralOf(in.Referral)
	if item.Kind.Base() == instagram.KindEcho {
		m.Direction, m.State, m.AppID = Outbound, StateSent, textOf(in.AppID)
	} else {
		m.opens = opening(in)
	}
	if in.QuickReply != nil {
		m.ButtonPayload = textOf(in.QuickReply.Payload)
	}
	if in.ReplyTo != nil {
		m.answers(*in.ReplyTo)
	}
}

// answers fills in what the message is an answer to. The story goes after a day; where it was is kept as an attachment.
func (m *incoming) answers(to instagram.ReplyTo) {
	m.ReplyToMID = textOf(to.MID)
	if to.StoryID == "" && to.StoryURL == "" {
		return
	}
	story := to.StoryID
	if story == "" {
		story = to.StoryURL
	}
	m.ReplyToStory = &story
	if to.StoryURL != "" {
		payload, _ := json.Marshal(map[string]string{"url": to.StoryURL, "story_id": to.StoryID}) //nolint:errchkjson // texts always can
		m.attachments = append(m.attachments, instagram.Attachment{Type: attachmentStoryReply, URL: to.StoryURL, Payload: payload})
	}
}

// tapped fills in a button or ice-breaker.
func (m *incoming) tapped(item instagram.Item) {
	in := item.Postback
	m.Kind, m.opens = KindPostback, OpenedByPostback
	m.Text, m.ButtonPayload, m.Referral = textOf(in.Title), textOf(in.Payload), referralOf(in.Referral)
	m.dropMadeMID()
}

// led fills in the ad or link that brought the customer here.
func (m *incoming) led(item instagram.Item) {
	m.Kind, m.Referral = KindReferral, referralOf(item.Referral)
	m.dropMadeMID()
}

// dropMadeMID leaves out a mid that is not Instagram's.
func (m *incoming) dropMadeMID() {
	if instagram.IsMadeMID(*m.MID) {
		m.MID = nil
	}
}

func kindOf(m *instagram.Message) MessageKind {
	switch {
	case len(m.Attachments) > 0:
		return KindAttachment
	case m.Text != "":
		return KindText
	case m.IsUnsupported:
		return KindUnsupported
	}
	return KindEmpty
}

// opening says how a customer's message opens the reply window.
func opening(m *instagram.Message) OpenedBy {
	if m.ReplyTo != nil && (m.ReplyTo.StoryID != "" || m.ReplyTo.StoryURL != "") {
		return OpenedByStoryReply
	}
	for _, a := range m.Attachments {
		if a.Type == "story_mention" {
			return OpenedByStoryMention
		}
	}
	return OpenedByMessage
}

func referralOf(in *instagram.Referral) json.RawMessage {
	if in == nil {
		return nil
	}
	r := Referral{Source: in.Source, Ref: in.Ref, AdID: in.AdID, AdTitle: in.AdTitle, ProductID: in.ProductID}
	raw, _ := json.Marshal(r) //nolint:errchkjson // texts always can
	return raw
}

// textOf is nil for a text that is not there.
func textOf(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// addAttachments stores a message's attachments in their order: the first ones by the ids given, if any.
func addAttachments(tx *tenants.Tx, attachments []instagram.Attachment, m messageRow, ids ...uuid.UUID) error {
	if len(attachments) == 0 || m.Kind == KindUnsent {
		return nil
	}
	rows := make([]attachmentRow, len(attachments))
	for i, at := range attachments {
		rows[i] = attachmentRow{AttachmentID: newID(), MessageID: m.MessageID, Position: i, Type: at.Type, Payload: at.Payload}
		if i < len(ids) {
			rows[i].AttachmentID = ids[i]
		}
		if at.Title != "" {
			rows[i].Title = &at.Title
		}
	}
	return tx.DB().Create(&rows).Error
}

// takeAttachments removes a message's attachments and returns their ids in their order, for those that take their place.
func takeAttachments(tx *tenants.Tx, message uuid.UUID) (ids []uuid.UUID, err error) {
	of := tx.DB().Where("message_id = ?", message)
	if err := of.Session(&gorm.Session{}).Model(&attachmentRow{}).Order("position").Pluck("attachment_id", &ids).Error; err != nil {
		return nil, err
	}
	return ids, of.Session(&gorm.Session{}).Delete(&attachmentRow{}).Error
}
