package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// signedRequest is the body of POST /_sim/signed-requests.
type signedRequest struct {
	Business string `json:"business"`
	Kind     string `json:"kind"`       // "deauthorize" or "data_deletion"
	Callback string `json:"callback"`   // default: the place of its kind beside Options.CallbackURL
	ByUserID bool   `json:"by_user_id"` // names the account by user id and not by the app-scoped one; which of the two is undocumented
	Padded   bool   `json:"padded"`     // base64 with "="
}

// callbackPaths are where this project answers Meta's callbacks.
var callbackPaths = map[string]string{
	"deauthorize": "/auth/instagram/deauthorize", "data_deletion": "/auth/instagram/data-deletion",
}

func (in signedRequest) address(webhooks string) (string, error) {
	path, ok := callbackPaths[in.Kind]
	if !ok {
		return "", errors.New("kind must be deauthorize or data_deletion")
	}
	if in.Callback == "" {
		if webhooks == "" {
			return "", errNoCallback
		}
		base, err := url.Parse(webhooks)
		if err != nil {
			return "", errNoCallback
		}
		return base.Scheme + "://" + base.Host + path, nil
	}
	u, err := url.Parse(in.Callback)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", errors.New("callback must be an http or https address")
	}
	return in.Callback, nil
}

// signAway is POST /_sim/signed-requests: a person removes the app, or asks for deletion, and Meta tells the app. Both
// kinds kill the tokens and the subscription. 200 with {"status", "body"} of the callback's answer.
// Source: Data deletion request callback, read 2026-11-22.
func (s *Simulator) signAway(w http.ResponseWriter, r *http.Request) {
	var in signedRequest
	if !read(w, r, &in) {
		return
	}
	b, ok := s.business(in.Business)
	if !ok {
		refuse(w, http.StatusNotFound, errUnknownBusiness)
		return
	}
	address, err := in.address(s.o.CallbackURL)
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, err)
		return
	}
	s.state.revoke(b.UserID, s.now(), appRemoved)
	if err := s.Unsubscribe(b); err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	form := url.Values{"signed_request": {s.signedText(b, in)}}
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, errors.New("callback cannot be used"))
		return
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.o.HTTP.Do(req)
	if err != nil {
		refuse(w, http.StatusBadGateway, errors.New("callback cannot be reached"))
		return
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		refuse(w, http.StatusBadGateway, errors.New("callback's answer broke off"))
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"status": resp.StatusCode, "body": string(answer)})
}

// signedText is base64url(signature) "." base64url(JSON); the signature is over the encoded text.
func (s *Simulator) signedText(b Business, in signedRequest) string {
	id, encoding := b.AppScopedID, base64.RawURLEncoding
	if in.ByUserID {
		id = b.UserID
	}
	if in.Padded {
		encoding = base64.URLEncoding
	}
	text, _ := json.Marshal(map[string]any{ //nolint:errchkjson // strings and a number cannot fail
		"user_id": s.state.currentShapes().id(id), "algorithm": "HMAC-SHA256", "issued_at": s.now().Unix(),
	})
	payload := encoding.EncodeToString(text)
	mac := hmac.New(sha256.New, []byte(s.o.AppSecret.Reveal()))
	mac.Write([]byte(payload))
	return encoding.EncodeToString(mac.Sum(nil)) + "." + payload
}
