package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"parlor/auth"
	"parlor/conversations/media"
	"parlor/tenants"
)

const (
	attachmentPath = "/media/{attachment_id}"
	outPath        = "/media/out/{upload_id}"
)

// mediaCSP is the policy of what strangers have sent: wherever it is opened, it runs nothing and loads nothing.
const mediaCSP = "sandbox; default-src 'none'"

const (
	mediaWriteTime = 30 * time.Second // for which a reader may take nothing of a file
	mediaTime      = 10 * time.Minute // for the whole
)

// files serves media to whoever holds a ticket. Images and videos of a page cannot send a token, so the ticket is the credential; like
// a token it ends with its session, and with its holder's place in the account.
type files struct {
	server      *Server
	media       *media.Media
	revocations *auth.Revocations
	now         func() time.Time
}

// attachment serves GET and HEAD of an attachment to the browser of a session. Nothing of the account is asked before the ticket holds and
// its session counts; a sign-out ends what is being passed on, too.
func (h *files) attachment(c *gin.Context) error {
	id, ok := canonicalID(c.Param("attachment_id"))
	if !ok || h.media == nil {
		return media.ErrTicket
	}
	ticket, err := h.media.Admit(id, c.Query("ticket"))
	if err != nil {
		return err
	}
	holder := ticket.Holder()
	if !h.revocations.Ready() {
		return errUnavailable
	}
	if h.revocations.Revoked(holder) {
		return media.ErrTicketExpired
	}
	ctx, cancel := context.WithTimeout(tenants.WithAccount(c.Request.Context(), ticket.AccountID), mediaTime)
	defer cancel()
	go endWith(ctx, cancel, h.revocations.Watch(ctx, holder))
	return h.serve(c, ctx, ticket, func(span *media.Span) (media.File, error) { return h.media.Open(ctx, id, span) })
}

// upload serves GET and HEAD of an upload to Instagram.
func (h *files) upload(c *gin.Context) error {
	id, ok := canonicalID(c.Param("upload_id"))
	if !ok || h.media == nil {
		return media.ErrTicket
	}
	ticket, err := h.media.AdmitOut(id, c.Query("ticket"))
	if err != nil {
		return err
	}
	if !h.revocations.Ready() {
		return errUnavailable
	}
	if h.revocations.Revoked(tenants.Principal{AccountID: ticket.AccountID}) { // suspended
		return media.ErrTicketExpired
	}
	ctx, cancel := context.WithTimeout(tenants.WithAccount(c.Request.Context(), ticket.AccountID), mediaTime)
	defer cancel()
	return h.serve(c, ctx, ticket, func(span *media.Span) (media.File, error) { return h.media.OpenUpload(ctx, id, span) })
}

// endWith cancels when ended is closed.
func endWith(ctx context.Context, cancel context.CancelFunc, ended <-chan struct{}) {
	select {
	case <-ended:
		cancel()
	case <-ctx.Done():
	}
}

// canonicalID reads an id in its one spelling.
func canonicalID(text string) (uuid.UUID, bool) {
	id, err := uuid.Parse(text)
	return id, err == nil && id != uuid.Nil && id.String() == text
}

// serve answers with a file or a part of it. Once the headers are out a fault can only be told by breaking off.
func (h *files) serve(c *gin.Context, ctx context.Context, t media.Ticket, open func(*media.Span) (media.File, error)) error { //nolint:revive // the router's context first, as in every handler
	f, err := open(media.ParseSpan(c.GetHeader("Range")))
	if err != nil {
		return err
	}
	defer f.Body.Close()
	c.Request = c.Request.WithContext(ctx) // for the log: whose file it was
	status := describeFileIn(c.Writer.Header(), f, t.ExpiresAt.Sub(h.now()))
	c.Status(status)
	if c.Request.Method == http.MethodHead {
		return nil
	}
	if err := copySlowly(ctx, c.Writer, f.Body); err != nil {
		h.server.report(ctx, err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// describeFileIn sets the headers of a file and returns the status. It may be kept by the browser for as long as its ticket lives.
func describeFileIn(header http.Header, f media.File, left time.Duration) int {
	disposition := "attachment"
	if f.Inline {
		disposition = "inline"
	}
	header.Set("Content-Type", f.ContentType)
	header.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": f.Name}))
	header.Set("Content-Security-Policy", mediaCSP)
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "private, max-age="+strconv.Itoa(max(0, int(left/time.Second))))
	header.Del("Vary") // the ticket stands in the address; no header makes another answer
	if f.Size >= 0 {
		header.Set("Accept-Ranges", "bytes")
	}
	if f.Length >= 0 {
		header.Set("Content-Length", strconv.FormatInt(f.Length, 10))
	}
	if !f.Partial {
		return http.StatusOK
	}
	header.Set("Content-Range", "bytes "+strconv.FormatInt(f.Offset, 10)+"-"+strconv.FormatInt(f.Offset+f.Length-1, 10)+"/"+strconv.FormatInt(f.Size, 10))
	return http.StatusPartialContent
}

// copySlowly passes a file on at the reader's pace, as long as that takes something now and then and ctx lasts. That a reader has gone is no
// error.
func copySlowly(ctx context.Context, w http.ResponseWriter, body io.Reader) error {
	control, buffer := http.NewResponseController(w), make([]byte, 32<<10)
	for ctx.Err() == nil {
		n, err := body.Read(buffer)
		_ = control.SetWriteDeadline(time.Now().Add(mediaWriteTime)) // a test's writer has none
		if n > 0 {
			if _, err := w.Write(buffer[:n]); err != nil {
				panic(http.ErrAbortHandler)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

func describeAttachment(op *huma.Operation) {
	op.Description = "A picture, video, voice note or file of a message. The address, ticket included, stands in the message as `media_url`; " +
		"it lives for at most ten minutes. Parts are served by Range."
	op.Parameters = []*huma.Param{pathParam("attachment_id", "The attachment"), queryParam("ticket", "As it stands in media_url")}
	describeBytes(op)
}

func describeOut(op *huma.Operation) {
	op.Description = "A file that is being sent, for Instagram to fetch within the hour."
	op.Parameters = []*huma.Param{pathParam("upload_id", "The upload"), queryParam("ticket", "As it was given to Instagram")}
	describeBytes(op)
}

func describeBytes(op *huma.Operation) {
	schema := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	if op.Method == http.MethodHead {
		respond(op, http.StatusOK, "Its headers", "", nil)
		return
	}
	respond(op, http.StatusOK, "The file", "*/*", schema)
	respond(op, http.StatusPartialContent, "The part that was asked for", "*/*", schema)
}
