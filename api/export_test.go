package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// What the tests of this package look at from outside.
var (
	ProblemOf     = problem
	ClientAddress = clientAddress
	CrossSite     = crossSite
)

// DomainErrors returns the errors that the table maps, in its order.
func DomainErrors() []error {
	var list []error
	for _, row := range domainProblems {
		list = append(list, row.is)
	}
	return list
}

// Headers returns what the answer of a problem sends besides the document.
func (p Problem) Headers() http.Header { return p.headers }

// Row is a row of the route table.
type Row struct{ Method, Path, Who, Permission string }

// Rows returns the route table.
func (s *Server) Rows() []Row {
	var rows []Row
	for _, r := range s.routes() {
		rows = append(rows, Row{Method: r.method, Path: r.path, Who: string(r.who), Permission: string(r.permission)})
	}
	return rows
}

// Mounted returns what the router answers.
func (s *Server) Mounted() gin.RoutesInfo { return s.engine.Routes() }

// Mount adds a handler past the table, as a careless change would.
func (s *Server) Mount(method, path string, h gin.HandlerFunc) { s.engine.Handle(method, path, h) }

// PingEvery changes how often streams ping.
func (s *Server) PingEvery(d time.Duration) { s.live.pingEvery = d }

// LargeBodiesMax is how many large bodies are read at once.
const LargeBodiesMax = largeBodiesMax

// LargeBodies returns how many are in memory now.
func (s *Server) LargeBodies() int { return len(s.webhooks.large.seats) }
