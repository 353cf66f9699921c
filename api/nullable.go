package api

import "github.com/danielgtaylor/huma/v2"

// A pointer to a struct may be null in JSON, which huma does not say in the OpenAPI document. These say it.

// TransformSchema completes the description; huma asks for it. It also serves NewSession, which embeds a Session.
func (Session) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return orNull(s, "account", "step_up", "support")
}

// TransformSchema completes the description; huma asks for it.
func (Conversation) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return orNull(s, "last_message", "assignee")
}

// TransformSchema completes the description; huma asks for it.
func (Message) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return orNull(s, "reply_to", "referral")
}

// TransformSchema completes the description; huma asks for it.
func (ConversationEvent) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return orNull(s, "actor", "about")
}

// TransformSchema completes the description; huma asks for it.
func (InsightsSender) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return orNull(s, "member")
}

// orNull describes properties as what they are, or null.
func orNull(s *huma.Schema, properties ...string) *huma.Schema {
	for _, name := range properties {
		s.Properties[name] = &huma.Schema{AnyOf: []*huma.Schema{s.Properties[name], {Type: "null"}}}
	}
	return s
}
