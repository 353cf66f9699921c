package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"parlor/auth"
)

// mount puts one row of the route table into the router and into the OpenAPI document.
type mount func(s *Server, r route)

// operation mounts a typed JSON operation. The handler returns domain errors; they become problem documents here,
// and an unknown one is logged here, once.
func operation[I, O any](id, summary string, handle func(context.Context, *I) (*O, error)) mount {
	return func(s *Server, r route) {
		op := r.describe(id, summary)
		op.Responses = map[string]*huma.Response{"default": problemResponse(s.api)}
		op.MaxBodyBytes = r.bodyLimit() // huma refuses from this size on, limitBody beyond it
		huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
			out, err := handle(ctx, in)
			if err != nil {
				return nil, s.problem(ctx, err)
			}
			return out, nil
		})
	}
}

// plain mounts a gin handler for what is not a JSON operation; describe completes its entry in the document.
func plain(id, summary string, handle func(*gin.Context) error, describe func(*huma.Operation)) mount {
	return func(s *Server, r route) {
		op := r.describe(id, summary)
		op.Responses = map[string]*huma.Response{"default": problemResponse(s.api)}
		describe(&op)
		s.api.OpenAPI().AddOperation(&op)
		s.engine.Handle(r.method, ginPath(r.path), func(c *gin.Context) {
			if err := handle(c); err != nil {
				s.problem(c.Request.Context(), err).answer(c)
			}
		})
	}
}

// problem maps an error to its document, and leaves in the log what the caller does not get to see.
func (s *Server) problem(ctx context.Context, err error) Problem {
	s.report(ctx, err)
	return problem(err)
}

// report logs an error once, at the edge: a fault of ours as such, a refusal of the doors with its reason.
func (s *Server) report(ctx context.Context, err error) {
	p := problem(err)
	switch {
	case p.Status >= http.StatusInternalServerError && !errors.Is(ctx.Err(), context.Canceled): // or the caller is gone
		s.log.ErrorContext(ctx, "http.failed", "request_id", requestID(ctx), "code", p.Code, "error", err.Error())
	case auth.RefusalOf(err) != nil:
		s.log.InfoContext(ctx, "auth.refused", "request_id", requestID(ctx), "code", p.Code, "reason", auth.ReasonOf(err))
		s.traffic.refusals.WithLabelValues(p.Code, auth.ReasonOf(err)).Inc()
	}
}

// contractVersion grows when the contract does; a running service shows its own version instead.
const contractVersion = "1"

// newHuma returns the typed API on the router, with nothing of huma's own showing: no schema links, no docs page, no
// default error model.
func newHuma(engine *gin.Engine, version string) huma.API {
	version = cmp.Or(version, contractVersion)
	cfg := huma.DefaultConfig("Parlor", version)
	cfg.CreateHooks = nil
	cfg.DocsPath, cfg.OpenAPIPath, cfg.SchemasPath = "", "", ""
	cfg.Info.Description = "The HTTP contract of Parlor, a multi-tenant inbox for Instagram direct messages."
	cfg.Transformers = []huma.Transformer{finishProblem}
	cfg.Components.Schemas.RegisterTypeAlias(typeOf[huma.ErrorModel](), typeOf[Problem]())
	cfg.Components.SecuritySchemes = securitySchemes
	return humagin.New(engine, cfg)
}

// finishProblem turns huma's own errors into problem documents and gives every problem its request id.
func finishProblem(ctx huma.Context, _ string, body any) (any, error) {
	var p Problem
	switch v := body.(type) {
	case Problem:
		p = v
	case *huma.ErrorModel:
		p = requestProblem(v)
	default:
		return body, nil
	}
	p.RequestID = requestID(ctx.Context())
	return p, nil
}

// requestProblem maps what huma found wrong with a request. Its messages are kept only as far as they say what was
// expected: after a colon they may repeat the caller's input.
func requestProblem(e *huma.ErrorModel) Problem {
	p := errInternal
	switch e.Status {
	case http.StatusBadRequest, http.StatusInternalServerError: // the latter: the body broke off
		p = errUnreadable
	case http.StatusRequestEntityTooLarge:
		p = errBodyTooLarge
	case http.StatusRequestTimeout:
		p = errTimeout
	case http.StatusUnsupportedMediaType:
		p = errMediaType
	case http.StatusUnprocessableEntity:
		p = errInvalid
	}
	p.Errors = nil
	for _, d := range e.Errors {
		if p.Status == http.StatusUnprocessableEntity {
			p.Errors = append(p.Errors, fieldError(d))
		}
	}
	return p
}

func fieldError(d *huma.ErrorDetail) FieldError {
	location, message := d.Location, d.Message
	message, _, _ = strings.Cut(message, ": ")
	if message == "unexpected property" { // its name is the caller's text
		location, _, _ = strings.Cut(location, ".")
	}
	if message == "json" { // of a number that fits no field
		message = "unusable value"
	}
	return FieldError{Location: location, Message: message}
}

// ginPath writes a path template the way gin reads it: {id} becomes :id.
func ginPath(template string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(template)
}

// invalidField is the problem of one field that is well-formed, but cannot be.
func invalidField(location, message string) Problem {
	p := errInvalid
	p.Errors = []FieldError{{Location: location, Message: message}}
	return p
}
