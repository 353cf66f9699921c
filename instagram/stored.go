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
	ID       wireID   `json:"id"`
	UserID   wireID   `json:"user_id"`
	Username wireText `json:"username"`
}

func (w wireMember) party() Party {
	return Party{ID: string(w.ID), UserID: string(w.UserID), Username: username(string(w.Username))}
}

// wireStored is a message of the Conversations API. Its parts have other shapes than those of a webhook.
// Sources: Conversations API; Message reference, read 2026-11-22.
type wireStored struct {
	ID            wireMID              `json:"id"`
	CreatedAt     wireTime             `json:"created_time"`
	From          wireMember           `json:"from"`
	To            wireList[wireMember] `json:"to"`
	Message       *wireText            `json:"message"`
	Attachments   wireList[wireFile]   `json:"attachments"`
	Shares        wireList[wireShare]  `json:"shares"`
	Story         *wireStory           `json:"story"`
	Reactions     wireList[wireReacts] `json:"reactions"`
	ReplyTo       *wireReplyTo         `json:"reply_to"`
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
	ReplyTo *wireStoryLink `json:"reply_to"`
	Mention *wireStoryLink `json:"mention"`
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
	MIMEType wireText        `json:"mime_type"`
	Name     wireText        `json:"name"`
	Image    *wireFileData   `json:"image_data"`
	Video    *wireFileData   `json:"video_data"`
	FileURL  wireText        `json:"file_url"`
	Template json.RawMessage `json:"generic_template"`
}

type wireFileData struct {
	URL wireText `json:"url"`
}

func (w wireStored) message() StoredMessage {
	m := StoredMessage{
		MID: string(w.ID), At: w.CreatedAt.Time, From: w.From.party(), IsUnsupported: bool(w.IsUnsupported),
		Readable: w.Message != nil || w.From != wireMember{} || len(w.Attachments) > 0,
	}
	if w.Message != nil {
		m.Text = string(*w.Message)
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
	if w.Story != nil && w.Story.Mention != nil {
		m.Attachments = append(m.Attachments, linked("story_mention", string(w.Story.Mention.Link), ""))
	}
	m.ReplyTo = w.replyTo()
	for _, r := range w.Reactions {
		emoji := string(r.Emoji)
		if emoji == "" {
			emoji = emojiOf(string(r.Reaction))
		}
		for _, user := range r.Users {
			m.Reactions = append(m.Reactions, StoredReaction{PartyID: string(user.ID), Username: username(string(user.Username)), Emoji: emoji})
		}
	}
	return m
}

func (w wireStored) replyTo() *ReplyTo {
	switch {
	case w.Story != nil && w.Story.ReplyTo != nil:
		return &ReplyTo{StoryID: string(w.Story.ReplyTo.ID), StoryURL: string(w.Story.ReplyTo.Link)}
	case w.ReplyTo != nil && w.ReplyTo.MID != "":
		return &ReplyTo{MID: string(w.ReplyTo.MID)}
	case w.ReplyTo != nil && w.ReplyTo.ID != "":
		return &ReplyTo{MID: string(w.ReplyTo.ID)}
	}
	return nil
}

func (f wireFile) attachment() Attachment {
	switch {
	case f.Image != nil:
		return linked("image", string(f.Image.URL), "")
	case f.Video != nil:
		return linked("video", string(f.Video.URL), "")
	case strings.HasPrefix(string(f.MIMEType), "audio/"):
		return linked("audio", string(f.FileURL), "")
	case f.FileURL != "":
		return linked("file", string(f.FileURL), string(f.Name))
	case isObject(f.Template):
		return Attachment{Type: "template", Payload: storable(f.Template), Title: firstText(f.Template, "title")}
	}
	return Attachment{Payload: json.RawMessage("{}")} // of a kind that is not known here: shown generically
}

// linked is an attachment in the shape of a webhook's.
func linked(kind, address, title string) Attachment {
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
