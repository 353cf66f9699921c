// Package auth proves who is at the door, and keeps knowing it: the sign-in strategies (providers), the one flow that
// runs them, sessions with their cookie secrets, the tokens that the UI sends, API keys, and the revocations that every
// instance must learn within two seconds.
//
// It must not know HTTP beyond names and values (no gin, no cookies to set, no status codes), nor what a conversation is.
//
// The main path, of a person who signs in with a redirect strategy and then works:
//
//	begun, err := flow.Begin(ctx, BeginRequest{…})       // row, sealed state; the browser goes to begun.URL
//	in, err := flow.Callback(ctx, CallbackRequest{…})    // fixed order of checks; account, membership, session
//	re, err := sessions.Renew(ctx, cookie, visitor)      // the cookie's secret is rotated at each use
//	open, err := sessions.Open(ctx, re.Session, account) // a token for one account, or for staff without one
//	v, err := tokens.Verify(raw, TypeUI)                 // no query: signature, form, revocations, time, type
//	<-revocations.Watch(ctx, v.Principal)                // closed when it counts no more
//
// A direct strategy replaces the first two by flow.SignInDirect. Every refusal is one of errors.go; CodeOf gives its
// public code, and only the log learns more (ReasonOf).
//
// Provider, Direct and Redirector are in provider.go; auth/authtest is the suite that each strategy passes.
package auth
