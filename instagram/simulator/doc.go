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
// The control API is for people, tests and the phone page; refusals are {"error"} with a 4xx:
//
//	POST /_sim/messages   {business, customer, text, attachments?, echo?} → 201 {mid, igsid, sent_at, subscribed}
//	GET  /_sim/messages   ?business=&customer= → the thread, or all of the business, oldest first
//	GET  /_sim/sent       ?business=&customer= → what was sent by the API
//	GET  /_sim/calls      ?business= → the calls of the Graph API, with their times
//	GET  /_sim/businesses · /_sim/customers?business= · /_sim/state · /_sim/media/{name}
//	POST /_sim/acts       what a customer does beside writing: unsend, edit, react, unreact, read, postback, referral
//	POST /_sim/events     {body} or {text}: any webhook body, signed, delivered once → {status}
//	POST /_sim/history    {business, conversations, messages}: old threads of which no webhook tells
//	POST /_sim/shapes     which of the documented answer shapes to give (Shapes)
//	POST /_sim/faults     calls or webhooks go wrong (Fault); DELETE takes all back
//	POST /_sim/clock      {advance_seconds}: moves the time of tokens, windows and messages
//	POST /_sim/revoke     {business}: all its tokens are dead, as after a changed password
//	POST /_sim/unsubscribe {business}: its webhooks end without a word
//	POST /_sim/signed-requests {business, kind}: Meta's deauthorize and data-deletion callbacks
//	POST /_sim/verify     the webhook handshake, once
//
// The authorize URL also takes sim_approve=<username> (consents at once), sim_scopes=<a,b> with it (only these are
// granted) and sim_deny=1.
package simulator
