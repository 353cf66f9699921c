// Package simulator stands in for Instagram over HTTP, on one listener: the consent page and the token endpoints, the
// part of the Graph API that Parlor calls, signed webhooks with retry, and a phone page on which one plays a customer.
// It behaves as Meta's pages and captured traffic say (read 2026-11-22); where these disagree, Shapes switches.
//
// It must not know anything of Parlor but the public names of package instagram: the two meet over HTTP alone.
//
// The main path:
//
//	sim, err := simulator.New(Options{RedirectURIs: …, CallbackURL: …, AppSecret: …})
//	go sim.Run(ctx)                        // handshake, then deliveries until ctx ends
//	http.Serve(listener, sim)              // /oauth/authorize, /oauth/access_token, /v25.0/me, /phone, /_sim/…
//	sim.DeliverHistory(ctx)                // the seeded conversations, as signed webhooks
//
// The control API under /_sim/ is for people, tests and the phone page; it is documented at the handlers in control.go.
package simulator
