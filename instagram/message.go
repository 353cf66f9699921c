package instagram

import "encoding/json"

// wireMessage is the payload of the key message.
type wireMessage struct {
	MID           wireMID         `json:"mid"`
	Text          wireText        `json:"text"`
	Attachments   json.RawMessage `json:"attachments"`
	IsEcho        wireBool        `json:"is_echo"`
	IsDeleted     wireBool        `json:"is_deleted"`
	IsSelf        wireBool        `json:"is_self"`
	IsUnsupported wireBool        `json:"is_unsupported"`
	AppID         wireID          `json:"app_id"`
	ReplyTo       *struct {
		MID   wireMID `json:"mid"`
		Story struct {
			ID  wireID   `json:"id"`
			URL wireText `json:"url"`
		} `json:"story"`
	} `json:"reply_to"`
	QuickReply *struct {
		Payload json.RawMessage `json:"payload"`
	} `json:"quick_reply"`
	Referral *wireReferral `json:"referral"`
}

func (w wireMessage) message() (*Message, error) {
	attachments, err := readAttachments(w.Attachments)
	if err != nil {
		return nil, err
	}
	m := &Message{
		MID: string(w.MID), Text: string(w.Text), Attachments: attachments, AppID: string(w.AppID),
		IsEcho: bool(w.IsEcho), IsDeleted: bool(w.IsDeleted), IsSelf: bool(w.IsSelf), IsUnsupported: bool(w.IsUnsupported),
	}
	if w.ReplyTo != nil {
		m.ReplyTo = &ReplyTo{MID: string(w.ReplyTo.MID), StoryID: string(w.ReplyTo.Story.ID), StoryURL: string(w.ReplyTo.Story.URL)}
	}
	if w.QuickReply != nil {
		m.QuickReply = &QuickReply{Payload: opaque(w.QuickReply.Payload)}
	}
	if w.Referral != nil {
		m.Referral = w.Referral.referral()
	}
	return m, nil
}

type wireReferral struct {
	Ref     wireLabel `json:"ref"`
	Source  wireLabel `json:"source"`
	Type    wireLabel `json:"type"`
	AdID    wireLabel `json:"ad_id"`
	Context struct {
		Title wireLabel `json:"ad_title"`
	} `json:"ads_context_data"`
	Product struct {
		ID wireLabel `json:"id"`
	} `json:"product"`
}

func (w wireReferral) referral() *Referral {
	return &Referral{
		Ref: string(w.Ref), Source: string(w.Source), Type: string(w.Type),
		AdID: string(w.AdID), AdTitle: string(w.Context.Title), ProductID: string(w.Product.ID),
	}
}

// opaque returns a payload that is meant to be a string, or the JSON of one that is not.
func opaque(raw json.RawMessage) string {
	var text wireText
	if isAbsent(raw) {
		return ""
	}
	if err := json.Unmarshal(raw, &text); err != nil {
		return string(storable(raw))
	}
	return string(text)
}
