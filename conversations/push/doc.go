// Package push tells people's devices that a customer has written, by the push services of their browsers (RFC 8030, 8291, 8292).
//
// It owns the subscriptions, what is sent, and to whom. It must not know HTTP's routes, nor who is signed in: the HTTP layer hands in the
// principal, cmd whether a session stands. What a push says is ids and a number; the words are the device's own, and no text of a customer and
// no name leaves the house this way.
//
// The main path, of a customer's message:
//
//	push.News(ctx, tx, at)          // in the message's transaction: one job for all that is written to an account within five seconds
//	announce, a job                 // one job for each device that is subscribed
//	send, a job                     // does the session stand, is its person a member, is it quiet there, is something still unread? then one request
//
// A subscription belongs to one sign-in: with the session it ends. The address that a request goes to was given by somebody's browser, so it is
// dialled by media.PublicTransport, and kept sealed.
//
// Everything exported is safe for concurrent use.
package push
