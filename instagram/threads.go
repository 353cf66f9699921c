package instagram

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// ThreadQuery says which conversations are wanted.
type ThreadQuery struct {
	After      string // ThreadPage.After of the page before; empty: the first
	Limit      int    // 0: Instagram's own, about 25
	CustomerID string // igsid; empty: everybody's
	Messages   bool   // with participants and the newest 20 messages of each
}

// ThreadPage is one page of conversations.
type ThreadPage struct {
	Threads []Thread
	After   string // empty on the last page
}

// Thread is a conversation as Instagram holds it. Only the newest 20 messages of one can be read. Source: Conversations API, read 2026-11-22.
type Thread struct {
	ID        string
	UpdatedAt time.Time // zero when not told
	Parties   []Party   // without order: the account is among them
	Messages  []StoredMessage
}

// Party is somebody in a conversation. The account may stand there with its UserID as ID or as UserID, or with its name alone.
type Party struct {
	ID       string // igsid of a customer
	UserID   string
	Username string
}

// StoredMessage is a message as Instagram holds it.
type StoredMessage struct {
	MID           string
	At            time.Time
	From          Party
	To            []Party
	Text          string
	Attachments   []Attachment // of the types that webhooks name
	Reactions     []StoredReaction
	ReplyTo       *ReplyTo
	IsUnsupported bool
	Readable      bool // false: only id and time came, as for one older than the newest 20; that is no unsend
}

// StoredReaction is one person's reaction.
type StoredReaction struct {
	PartyID  string
	Username string
	Emoji    string
}

// messageFields are asked for of each message; a field that Instagram leaves out is none.
const messageFields = "id,created_time,from,to,message,attachments,shares,story,reactions,reply_to,is_unsupported"

// newestReadable is how many messages of a conversation can be read. Source: Conversations API, read 2026-11-22.
const newestReadable = 20

func threadFields(messages bool) string {
	if !messages {
		return "id,updated_time"
	}
	return "id,updated_time,participants,messages.limit(" + strconv.Itoa(newestReadable) + "){" + messageFields + "}"
}

// Threads lists conversations, mostly the newest first.
func (c *Client) Threads(ctx context.Context, token Secret, q ThreadQuery) (ThreadPage, error) {
	const operation = "list conversations"
	query := url.Values{"platform": {"instagram"}, "fields": {threadFields(q.Messages)}}
	for key, value := range map[string]string{"after": q.After, "user_id": q.CustomerID} {
		if value != "" {
			query.Set(key, value)
		}
	}
	if q.Limit > 0 {
		query.Set("limit", strconv.Itoa(q.Limit))
	}
	body, err := c.graph(ctx, operation, http.MethodGet, "/me/conversations", query, token)
	if err != nil {
		return ThreadPage{}, err
	}
	var answer struct {
		Data   json.RawMessage   `json:"data"`
		Paging maybe[wirePaging] `json:"paging"`
	}
	var threads wireList[wireThread]
	if tooDeep(body) || json.Unmarshal(body, &answer) != nil || !isList(answer.Data) || json.Unmarshal(answer.Data, &threads) != nil {
		return ThreadPage{}, badAnswer(operation, "no list")
	}
	page := ThreadPage{After: answer.Paging.value.after()}
	if page.After == q.After {
		page.After = "" // a cursor that leads to itself would never end
	}
	for _, t := range threads {
		if t.ID != "" {
			page.Threads = append(page.Threads, t.thread())
		}
	}
	return page, nil
}

// Thread reads one conversation with its newest messages.
func (c *Client) Thread(ctx context.Context, token Secret, id string) (Thread, error) {
	const operation = "read conversation"
	body, err := c.graph(ctx, operation, http.MethodGet, "/"+url.PathEscape(id), url.Values{"fields": {threadFields(true)}}, token)
	if err != nil {
		return Thread{}, err
	}
	var answer wireThread
	if err := decodeOne(body, &answer); err != nil {
		return Thread{}, badAnswer(operation, "not a conversation")
	}
	thread := answer.thread()
	thread.ID = id
	return thread, nil
}

// StoredMessage reads one message. One older than the newest 20 of its conversation answers with an error that claims it was deleted: that
// must not be taken for an unsend.
func (c *Client) StoredMessage(ctx context.Context, token Secret, mid string) (StoredMessage, error) {
	const operation = "read message"
	body, err := c.graph(ctx, operation, http.MethodGet, "/"+url.PathEscape(mid), url.Values{"fields": {messageFields}}, token)
	if err != nil {
		return StoredMessage{}, err
	}
	var answer wireStored
	if err := decodeOne(body, &answer); err != nil || answer.ID == "" {
		return StoredMessage{}, badAnswer(operation, "not a message")
	}
	return answer.message(), nil
}

// wirePaging is Graph's paging. next holds the token in its query, so it is neither followed nor kept: that it is there says that there is
// more. A cursor without next is the end. Source: Conversations API, read 2026-11-22.
type wirePaging struct {
	Cursors struct {
		After string `json:"after"`
	} `json:"cursors"`
	Next string `json:"next"`
}

func (p wirePaging) after() string {
	if p.Next == "" {
		return ""
	}
	if p.Cursors.After != "" {
		return p.Cursors.After
	}
	next, err := url.Parse(p.Next)
	if err != nil {
		return ""
	}
	return next.Query().Get("after")
}
