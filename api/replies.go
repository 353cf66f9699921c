package api

import (
	"context"
	"errors"
	"strconv"

	"github.com/google/uuid"

	"parlor/conversations"
	"parlor/instagram"
)

// replies takes in what the account says, for the app and for API keys alike.
type replies struct {
	replier  *conversations.Replier
	gestures *conversations.Gestures
	shown    *shown
}

// reply answers 201, and 200 when the same client id was taken in before.
func (h *replies) reply(ctx context.Context, in *replyInput) (*replyOutput, error) {
	id, err := conversationID(in.ConversationID)
	if err != nil {
		return nil, err
	}
	draft, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	m, created, err := h.replier.Reply(ctx, id, draft)
	if err != nil {
		return nil, replyProblem(err)
	}
	out := &replyOutput{Status: 201, Body: h.shown.message(ctx, m)}
	if !created {
		out.Status = 200
	}
	return out, nil
}

func (r ReplyRequest) draft() (conversations.Draft, error) {
	d := conversations.Draft{Text: r.Text, HumanAgent: r.HumanAgent}
	var err error
	if d.ClientID, err = uuid.Parse(r.ClientID); err != nil || d.ClientID == uuid.Nil {
		return d, invalidField("body.client_id", "expected a UUID")
	}
	if r.Attachment != nil {
		if d.UploadID, err = uuid.Parse(r.Attachment.UploadID); err != nil || d.UploadID == uuid.Nil {
			return d, invalidField("body.attachment.upload_id", "expected the id of an upload")
		}
	}
	return d, nil
}

// replyProblem words the refusals that carry a value.
func replyProblem(err error) error {
	if long, ok := errors.AsType[*conversations.TextTooLongError](err); ok {
		return invalidField("body.text", strconv.Itoa(long.Bytes)+" bytes; at most "+strconv.Itoa(conversations.MaxTextBytes))
	}
	if closed, ok := errors.AsType[*conversations.WindowClosedError](err); ok {
		p := errWindowClosed
		if closed.Reason == conversations.ReasonNeverWrote {
			p.Detail = "Instagram lets a business answer only after the customer has written"
		}
		return p
	}
	if refused, ok := errors.AsType[*conversations.RefusedError](err); ok {
		p := errRefused
		p.Detail = "Instagram refused: " + string(refused.Fault)
		return p
	}
	return err
}

func (h *replies) retry(ctx context.Context, in *retryInput) (*messageOutput, error) {
	id, err := messageID(in.MessageID)
	if err != nil {
		return nil, err
	}
	aPersonSaysSo := in.Body != nil && in.Body.HumanAgent
	return h.answer(ctx)(h.replier.Retry(ctx, id, aPersonSaysSo))
}

func (h *replies) markSent(ctx context.Context, in *MessageInput) (*messageOutput, error) {
	id, err := messageID(in.MessageID)
	if err != nil {
		return nil, err
	}
	return h.answer(ctx)(h.replier.MarkSent(ctx, id))
}

func (h *replies) react(ctx context.Context, in *reactInput) (*messageOutput, error) {
	id, err := messageID(in.MessageID)
	if err != nil {
		return nil, err
	}
	emoji := ""
	if in.Body.Emoji != nil {
		emoji = *in.Body.Emoji
	}
	return h.answer(ctx)(h.gestures.React(ctx, id, emoji))
}

func (h *replies) activity(ctx context.Context, in *activityInput) (*struct{}, error) {
	id, err := conversationID(in.ConversationID)
	if err != nil {
		return nil, err
	}
	err = h.gestures.Act(ctx, id, instagram.SenderAction(in.Body.Action))
	_, refused := errors.AsType[*conversations.RefusedError](err)
	if refused || errors.Is(err, conversations.ErrNotConnected) {
		return nil, nil // a sign that Instagram did not take is nothing to tell anybody
	}
	return nil, err
}

func (h *replies) answer(ctx context.Context) func(conversations.Message, error) (*messageOutput, error) {
	return func(m conversations.Message, err error) (*messageOutput, error) {
		if err != nil {
			return nil, replyProblem(err)
		}
		return &messageOutput{Body: h.shown.message(ctx, m)}, nil
	}
}

// messageID reads an id in its one spelling, like conversationID.
func messageID(text string) (conversations.MessageID, error) {
	id, err := conversationID(text)
	return conversations.MessageID(id), err
}
