// Package api is HTTP and nothing else: routes, the middleware in front of them, the shapes of requests and answers,
// problem documents, the OpenAPI description, and the files of the app.
//
// It must not know SQL, the rules of the product, or how a credential is checked; it asks auth, conversations and the
// stores of tenants, and translates. No handler decides who may call it.
//
// The main path, of one request:
//
//	routes.go       one row: method, path, who may call, permission, handler
//	server.go       the middleware in its order, each refusal before the next
//	authorise.go    deny by default; the credential becomes a principal and its account in the context
//	operation.go    huma reads the input, the handler makes one call into the domain
//	problem.go      every error leaves through one table as an RFC 9457 document
//
// A route is added in routes.go alone; the router, the guard, docs/openapi.json and the tests follow from that row.
package api
