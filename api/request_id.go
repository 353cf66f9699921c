package api

import (
	"context"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
)

// requestIDHeader is on every answer. What a caller sends under this name is ignored: it would end up in the log.
const requestIDHeader = "X-Request-Id"

type requestIDKey struct{}

// nameRequest gives each request an id, in its context and on its answer.
func nameRequest(c *gin.Context) {
	id := uuid.NewString()
	c.Header(requestIDHeader, id)
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), requestIDKey{}, id))
	c.Next()
}

// requestID returns the id of the request, "" outside of one.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}
