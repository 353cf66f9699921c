package instagram

import (
	"encoding/json"
	"strings"
)

// wireList decodes a list that comes bare, as {"data":[…]} or as one object in its place; null and anything else is an empty one.
type wireList[T any] []T

// UnmarshalJSON implements json.Unmarshaler. An element that cannot be read spoils no other.
func (l *wireList[T]) UnmarshalJSON(raw []byte) error {
	var wrapped struct {
		Data json.RawMessage `json:"data"`
	}
	if isObject(raw) && json.Unmarshal(raw, &wrapped) == nil && wrapped.Data != nil {
		raw = wrapped.Data
	}
	if isAbsent(raw) {
		return nil
	}
	rows, err := listOf(raw)
	if err != nil {
		return nil //nolint:nilerr // no list: there is nothing in it
	}
	for _, row := range rows {
		var v T
		if json.Unmarshal(row, &v) == nil {
			*l = append(*l, v)
		}
	}
	return nil
}

// maybe decodes a value that may have another shape than expected; then it is the zero one, and spoils nothing beside it.
type maybe[T any] struct{ value T }

// UnmarshalJSON implements json.Unmarshaler.
func (m *maybe[T]) UnmarshalJSON(raw []byte) error {
	var value T
	if json.Unmarshal(raw, &value) == nil {
		m.value = value
	}
	return nil
}

type wireThread struct {
	ID        wireMID              `json:"id"`
	UpdatedAt wireTime             `json:"updated_time"`
	Parties   wireList[wireMember] `json:"participants"`
	Messages  wireList[wireStored] `json:"messages"`
}

func (w wireThread) thread() Thread {
	t := Thread{ID: string(w.ID), UpdatedAt: w.UpdatedAt.Time}
	for _, p := range w.Parties {
		t.Parties = append(t.Parties, p.party())
	}
	for _, m := range w.Messages {
		if m.ID != "" {
			t.Messages = append(t.Messages, m.message())
		}
	}
	return t
}

type wireMember struct {
	ID       maybe[wireID]   `json:"id"`
	UserID   maybe[wireID]   `json:"user_id"`
	Username maybe[wireText] `json:"username"`
}

func (w wireMember) party() Party {
	return Party{ID: string(w.ID.value), UserID: string(w.UserID.value), Username: username(string(w.Username.value))}
}

// wireStored is a message of the Conversations API. Its parts have other shapes than those of a webhook.
// Sources: Conversations API; Message reference, read 2026-11-22.
type wireStored struct {
	ID            wireMID              `json:"id"`
	CreatedAt     wireTime             `json:"created_time"`
	From          maybe[wireMember]    `json:"from"`
	To            wireList[wireMember] `json:"to"`
	Message       maybe[*wireText]     `json:"message"`
	Attachments   wireList[wireFile]   `json:"attachments"`
	Shares        wireList[wireShare]  `json:"shares"`
	Story         maybe[wireStory]     `json:"story"`
	Reactions     wireList[wireReacts] `json:"reactions"`
	ReplyTo       maybe[wireReplyTo]   `json:"reply_to"`
	IsUnsupported wireBool             `json:"is_unsupported"`
}

type wireReplyTo struct {
	MID wireMID `json:"mid"`
	ID  wireMID `json:"id"`
}

type wireReacts struct {
	Reaction wireText             `json:"reaction"`
	Emoji    wireText             `json:"emoji"`
	Users    wireList[wireMember] `json:"users"`
}

type wireStory struct {
	ReplyTo maybe[*wireStoryLink] `json:"reply_to"`
	Mention maybe[*wireStoryLink] `json:"mention"`
}

type wireStoryLink struct {
	Link wireText `json:"link"`
	ID   wireID   `json:"id"`
}

type wireShare struct {
	Link wireText `json:"link"`
	Name wireText `json:"name"`
}

// wireFile is an attachment; which of its keys is there says what it is.
type wireFile struct {
	MIMEType maybe[wireText]      `json:"mime_type"`
	Name     maybe[wireText]      `json:"name"`
	Image    maybe[*wireFileData] `json:"image_data"`
	Video    maybe[*wireFileData] `json:"video_data"`
	FileURL  maybe[wireText]      `json:"file_url"`
	Template json.RawMessage      `json:"generic_template"`
}

type wireFileData struct {
	URL maybe[wireText] `json:"url"`
}

func (w wireStored) message() StoredMessage {
	m := StoredMessage{
		MID: string(w.ID), At: w.CreatedAt.Time, From: w.From.value.party(), IsUnsupported: bool(w.IsUnsupported), ReplyTo: w.replyTo(),
	}
	if w.Message.value != nil {
		m.Text = string(*w.Message.value)
	}
	for _, to := range w.To {
		m.To = append(m.To, to.party())
	}
	for _, file := range w.Attachments {
		m.Attachments = append(m.Attachments, file.attachment())
	}
	for _, share := range w.Shares {
		m.Attachments = append(m.Attachments, linked("share", string(share.Link), string(share.Name)))
	}
	if mention := w.Story.value.Mention.value; mention != nil {
		m.Attachments = append(m.Attachments, linked("story_mention", string(mention.Link), ""))
	}
	for _, r := range w.Reactions {
		emoji := string(r.Emoji)
		if emoji == "" {
			emoji = emojiOf(string(r.Reaction))
		}
		for _, user := range r.Users {
			party := user.party()
			m.Reactions = append(m.Reactions, StoredReaction{PartyID: party.ID, Username: party.Username, Emoji: emoji})
		}
	}
	m.Readable = w.Message.value != nil || m.From != (Party{}) || len(m.Attachments) > 0 || m.IsUnsupported
	return m
}

func (w wireStored) replyTo() *ReplyTo {
	message := w.ReplyTo.value
	switch story := w.Story.value.ReplyTo.value; {
	case story != nil:
		return &ReplyTo{StoryID: string(story.ID), StoryURL: unescaped(string(story.Link))}
	case message.MID != "":
		return &ReplyTo{MID: string(message.MID)}
	case message.ID != "":
		return &ReplyTo{MID: string(message.ID)}
	}
	return nil
}

func (f wireFile) attachment() Attachment {
	file := string(f.FileURL.value)
	switch {
	case f.Image.value != nil:
		return linked("image", string(f.Image.value.URL.value), "")
	case f.Video.value != nil:
		return linked("video", string(f.Video.value.URL.value), "")
	case strings.HasPrefix(string(f.MIMEType.value), "audio/"):
		return linked("audio", file, "")
	case file != "":
		return linked("file", file, string(f.Name.value))
	case isObject(f.Template):
		return Attachment{Type: "template", Payload: storable(f.Template), Title: firstText(f.Template, "title")}
	}
	return Attachment{Payload: json.RawMessage("{}")} // of a kind that is not known here: shown generically
}

// unescaped undoes the one escape that an address carries which somebody has copied from markup.
func unescaped(address string) string { return strings.ReplaceAll(address, "&amp;", "&") }

// linked is an attachment in the shape of a webhook's.
func linked(kind, address, title string) Attachment {
	address = unescaped(address)
	fields := map[string]string{}
	if address != "" {
		fields["url"] = address
	}
	if title != "" {
		fields["title"] = title
	}
	payload, err := json.Marshal(fields)
	if err != nil { // strings alone
		payload = json.RawMessage("{}")
	}
	return Attachment{Type: kind, URL: address, Title: title, Payload: storable(payload)}
}

// emojiOf gives the sign of a reaction that Instagram names. Source: Webhooks for Instagram, read 2026-11-22.
func emojiOf(name string) string {
	emoji, named := map[string]string{
		"love": "❤️", "like": "👍", "wow": "😮", "sad": "😢", "angry": "😠", "laugh": "😂",
	}[name]
	if named {
		return emoji
	}
	return name // an emoji already, or "other"
}
