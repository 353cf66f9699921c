// Package simulator stands in for Instagram over HTTP, on one listener: the consent page and the token endpoints, the
// part of the Graph API that Parlor calls (profile, subscription, sending, conversations), signed webhooks with retry, and
// a phone page on which one plays a customer. What goes wrong in the real one goes wrong here by request.
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
// The control API is for people, tests and the phone page; refusals are {"error"} with a 4xx. business is a user id or a
// username, customer a handle:
//
//	POST /_sim/messages   {business, customer, …} (Draft) → 201 {mid, igsid, sent_at, subscribed}
//	POST /_sim/acts       unsend, edit, react, unreact, read, postback, referral (Act) → 201 {mid, subscribed}
//	POST /_sim/customers  who has another profile, or cannot be written to (Customer) → 200 {customer, igsid}
//	POST /_sim/history    {business, conversations, messages}: old threads that no webhook tells of
//	POST /_sim/events     {body} or {text}: exactly these bytes, signed, once → 200 {status}
//	POST /_sim/signed-requests {business, kind: deauthorize|data_deletion, callback?, by_user_id?, padded?} → 200 {status, body}
//	POST /_sim/verify     the webhook handshake, once
//
//	GET  /_sim/messages   ?business=&customer= → what Instagram holds, the oldest first (Message); of all customers without one
//	GET  /_sim/sent       ?business=&customer= → what came by the API: messages as items, signs and reactions as actions
//	GET  /_sim/calls      ?business= → the calls that Instagram received, with their times by the real clock (Call)
//	GET  /_sim/businesses · /_sim/customers?business= · /_sim/state · /_sim/media/{name}.{png,jpg,gif,mp4,ogg,wav,pdf}
//
//	POST /_sim/shapes     which of the documented answer shapes and limits hold (Shapes); what is left out is reset
//	POST /_sim/faults     calls or webhooks go wrong (Fault); GET lists them, DELETE takes all back
//	POST /_sim/clock      {advance_seconds} or {now}: tokens age, windows close; GET tells it
//	POST /_sim/revoke · /_sim/unsubscribe {business}: all its tokens die; its webhooks end without a word
//
// The authorize URL also takes sim_approve=<username> (consents at once), sim_scopes=<a,b> with it (only these are
// granted) and sim_deny=1.
package simulator
