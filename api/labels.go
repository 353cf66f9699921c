package api

import (
	"context"

	"parlor/conversations"
)

func (h *inbox) labels(ctx context.Context, _ *noInput) (*labelsOutput, error) {
	all, err := h.store.Labels(ctx)
	if err != nil {
		return nil, err
	}
	out := &labelsOutput{Body: LabelList{Items: make([]Label, len(all)), Colours: conversations.LabelColours()}}
	for i, l := range all {
		out.Body.Items[i] = shownLabel(l)
	}
	return out, nil
}

func (h *inbox) createLabel(ctx context.Context, in *createLabelInput) (*labelOutput, error) {
	return h.saveLabel(ctx, conversations.Label{Name: in.Body.Name, Colour: in.Body.Colour})
}

func (h *inbox) updateLabel(ctx context.Context, in *updateLabelInput) (*labelOutput, error) {
	id, err := labelID(in.LabelID)
	if err != nil {
		return nil, err
	}
	return h.saveLabel(ctx, conversations.Label{ID: id, Name: in.Body.Name, Colour: in.Body.Colour})
}

func (h *inbox) saveLabel(ctx context.Context, l conversations.Label) (*labelOutput, error) {
	saved, err := h.store.SaveLabel(ctx, l)
	if err != nil {
		return nil, err
	}
	return &labelOutput{Body: shownLabel(saved)}, nil
}

func (h *inbox) deleteLabel(ctx context.Context, in *LabelInput) (*struct{}, error) {
	id, err := labelID(in.LabelID)
	if err != nil {
		return nil, err
	}
	return nil, h.store.DeleteLabel(ctx, id)
}

func shownLabel(l conversations.Label) Label {
	return Label{ID: l.ID.String(), Name: l.Name, Colour: l.Colour}
}

// LabelInput names a label. The id is not validated here: one that is none is a missing one.
type LabelInput struct {
	LabelID string `path:"label_id"`
}

type createLabelInput struct{ Body LabelRequest }

type updateLabelInput struct {
	LabelInput
	Body LabelRequest
}

// LabelRequest is a label as it shall be.
type LabelRequest struct {
	Name   string `json:"name" maxLength:"100" doc:"1 to 40 characters; capital letters make no other name"`
	Colour string `json:"colour" enum:"grey,red,orange,yellow,green,teal,blue,violet,pink"`
}

type labelsOutput struct{ Body LabelList }

// LabelList is every label of the account by name, and the colours that there are.
type LabelList struct {
	Items   []Label  `json:"items" nullable:"false"`
	Colours []string `json:"colours" nullable:"false"`
}

type labelOutput struct{ Body Label }

// Label is a word that the account's people put on conversations.
type Label struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Colour string `json:"colour"`
}
