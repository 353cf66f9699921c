package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"parlor/conversations"
	"parlor/instagram"
)

// webhooks takes what Meta sends. Nothing of a body is looked at before its signature holds, and 200 is said only
// after the body is stored: until then Meta repeats it.
type webhooks struct {
	ingest      *conversations.Ingest
	secrets     [][]byte // of the app; a body may be signed by any of them
	verifyToken instagram.Secret
	large       largeBodies
}

// handshake echoes the challenge of whoever knows our verify token.
func (h *webhooks) handshake(c *gin.Context) error {
	challenge, err := instagram.VerifyChallenge(h.verifyToken, c.Request.URL.Query())
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, "text/plain; charset=utf-8", []byte(challenge))
	return nil
}

// receive stores one delivery. 503 makes Meta send it again; a body that is signed, but cannot be understood, is
// stored and answered with 200, for a repetition would not be better.
func (h *webhooks) receive(c *gin.Context) error {
	body, release, err := h.large.read(c.Writer, c.Request)
	defer release()
	if err != nil {
		return err
	}
	if err := instagram.VerifySignature(h.secrets, body, c.GetHeader("X-Hub-Signature-256")); err != nil {
		return err
	}
	if err := h.ingest.Accept(c.Request.Context(), body); err != nil {
		return err
	}
	c.Status(http.StatusOK)
	return nil
}
