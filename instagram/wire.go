package instagram

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// decodeOne decodes an answer that comes flat or wrapped as {"data":[{…}]}; Meta's pages and live answers disagree.
// Sources: Business login for Instagram and "Get started", read 2026-11-22.
func decodeOne(body []byte, dest any) error {
	var wrapper struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &wrapper); err != nil {
		return err
	}
	data := bytes.TrimSpace(wrapper.Data)
	switch {
	case len(data) == 0 || data[0] != '[' && data[0] != '{':
		return json.Unmarshal(body, dest)
	case data[0] == '{':
		return json.Unmarshal(data, dest)
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(data, &rows); err != nil {
		return err
	}
	if len(rows) == 0 {
		return errors.New("data is an empty list")
	}
	return json.Unmarshal(rows[0], dest)
}

// wirePermissions decodes permissions that come as a comma list, as an array or not at all (nil).
type wirePermissions []string

// UnmarshalJSON implements json.Unmarshaler.
func (p *wirePermissions) UnmarshalJSON(raw []byte) error {
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}
	var list []string
	if raw[0] == '"' {
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return err
		}
		list = strings.Split(text, ",")
	} else if err := json.Unmarshal(raw, &list); err != nil {
		return err
	}
	*p = wirePermissions{} // said, even if nothing was granted
	for _, permission := range list {
		if permission = strings.TrimSpace(permission); permission != "" {
			*p = append(*p, permission)
		}
	}
	return nil
}

// wireInt decodes a whole number, quoted or not; anything else is 0, for a code that cannot be read is no code.
type wireInt int64

// UnmarshalJSON implements json.Unmarshaler.
func (n *wireInt) UnmarshalJSON(raw []byte) error {
	value, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64)
	if err == nil {
		*n = wireInt(value)
	}
	return nil
}

// wireBool decodes true, "true" and 1 as true; a sample of Meta's quotes is_unsupported.
type wireBool bool

// UnmarshalJSON implements json.Unmarshaler.
func (b *wireBool) UnmarshalJSON(raw []byte) error {
	value, err := strconv.ParseBool(strings.Trim(string(raw), `"`))
	*b = wireBool(err == nil && value)
	return nil
}

// wireText decodes a text; null is "". NUL becomes U+FFFD, for PostgreSQL cannot store it.
type wireText string

// UnmarshalJSON implements json.Unmarshaler.
func (t *wireText) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	*t = wireText(strings.ReplaceAll(text, "\x00", "\uFFFD"))
	return nil
}

// wireLabel decodes a text that is only shown; a number is taken digit by digit, and anything else is "".
type wireLabel string

// UnmarshalJSON implements json.Unmarshaler.
func (l *wireLabel) UnmarshalJSON(raw []byte) error {
	var text wireText
	if err := json.Unmarshal(raw, &text); err == nil {
		*l = wireLabel(text)
	} else if isDigits(string(raw)) {
		*l = wireLabel(raw)
	}
	return nil
}
