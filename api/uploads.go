package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"parlor/conversations/media"
)

const (
	uploadsPath = "/api/v1/ui/uploads"
	// uploadReadTime is how long a sender may be silent, uploadTime how long the whole may take.
	uploadReadTime = 20 * time.Second
	uploadTime     = 5 * time.Minute
)

// Upload is a file that can be sent as a message.
type Upload struct {
	ID          string `json:"id" doc:"Send it as attachment.upload_id within two days"`
	Kind        string `json:"kind" enum:"image,video,audio,file"`
	ContentType string `json:"content_type" doc:"By its bytes, whatever was declared"`
	Bytes       int64  `json:"bytes"`
}

// uploads takes files that people want to send.
type uploads struct {
	media *media.Media
	seats seats
}

// accept reads the body as the file itself. Kind and size are decided while it is read.
func (h *uploads) accept(c *gin.Context) error {
	switch {
	case h.media == nil:
		return errNoStore
	case c.GetHeader("Content-Encoding") != "":
		return errUploadType
	}
	release, ok := h.seats.take(verified(c.Request.Context()).Principal.SessionID)
	if !ok {
		return errTooManyUploads
	}
	defer release()
	ctx, cancel := context.WithTimeout(c.Request.Context(), uploadTime)
	defer cancel()
	control := http.NewResponseController(c.Writer)
	_ = control.SetWriteDeadline(time.Now().Add(uploadTime + handlerTime)) // a test's writer has none
	u, err := h.media.Accept(ctx, c.GetHeader("Content-Type"), &patient{ctx: ctx, body: c.Request.Body, control: control})
	if err != nil {
		c.Header("Connection", "close") // or net/http would read the rest
		return uploadProblem(err)
	}
	c.JSON(http.StatusCreated, Upload{ID: u.ID.String(), Kind: string(u.Kind), ContentType: u.ContentType, Bytes: u.Bytes})
	return nil
}

// uploadProblem names the limit that was passed, and tells a body that broke off from one that is too large.
func uploadProblem(err error) error {
	if over, ok := errors.AsType[*media.UploadTooLargeError](err); ok {
		p := errUploadTooLarge
		p.Detail = "Instagram takes at most " + megabytes(over.LimitBytes) + " of this kind of file (" + string(over.Kind) + ")"
		return p
	}
	if errors.Is(err, media.ErrUploadBroken) {
		return unreadable(err)
	}
	return err
}

// patient gives a sender more time with each piece that comes, until ctx ends.
type patient struct {
	ctx     context.Context
	body    io.Reader
	control *http.ResponseController
}

// Read implements io.Reader.
func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	_ = p.control.SetReadDeadline(time.Now().Add(uploadReadTime)) // a test's writer has none
	return p.body.Read(b)
}

func (s *Server) describeUpload(op *huma.Operation) {
	op.Description += " The body is the file itself: PNG, JPEG or GIF up to 8 MB; MP4, MOV, WebM, Ogg or AVI video, AAC, M4A, WAV or MP4 " +
		"audio, and PDF up to 25 MB. Its bytes decide what it is; Content-Type must not name another kind."
	op.RequestBody = &huma.RequestBody{
		Required: true,
		Content:  map[string]*huma.MediaType{"*/*": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}
	respond(op, http.StatusCreated, "Kept, to be sent", "application/json", s.api.OpenAPI().Components.Schemas.Schema(typeOf[Upload](), true, ""))
}
