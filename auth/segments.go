package auth

import (
	"encoding/base64"
	"errors"
	"strings"
)

// maxTokenBytes is far above any token of ours; a longer one is refused before anything of it is decoded.
const maxTokenBytes = 4096

var errLength = errors.New("len")

// segments is a token taken apart: the decoded parts, and the text that the signature covers.
type segments struct {
	signed                     string
	header, payload, signature []byte
}

// segmentEncoding is strict: the unused bits of the last character must be zero, so that a token has one spelling.
var segmentEncoding = base64.RawURLEncoding.Strict()

// splitToken takes exactly three segments, none empty, of the base64url alphabet without padding.
func splitToken(raw string) (segments, error) {
	if len(raw) > maxTokenBytes {
		return segments{}, errLength
	}
	head, rest, _ := strings.Cut(raw, ".")
	body, tail, found := strings.Cut(rest, ".")
	if !found || head == "" || body == "" || tail == "" {
		return segments{}, errEncoding
	}
	s := segments{signed: raw[:len(head)+1+len(body)]}
	var err [3]error
	s.header, err[0] = decodeSegment(head)
	s.payload, err[1] = decodeSegment(body)
	s.signature, err[2] = decodeSegment(tail)
	if err[0] != nil || err[1] != nil || err[2] != nil {
		return segments{}, errEncoding
	}
	return s, nil
}

// decodeSegment refuses line breaks itself: the decoder skips them, strict or not.
func decodeSegment(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, errEncoding
	}
	b, err := segmentEncoding.DecodeString(text)
	if err != nil {
		return nil, errEncoding
	}
	return b, nil
}
