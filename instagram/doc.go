// Package instagram is the only one that speaks Meta: the sign-in endpoints and the Graph API of "Instagram API with
// Instagram Login", its webhooks with their signatures, and the connection of an account: its sealed token, its
// subscription, and its right to call, which is one caller's at a time over all instances. A fact about Instagram in a comment here names Meta's page and the day it was read.
//
// It must not know who may sign in (auth), what a conversation is (conversations), or that gin exists (api).
//
// The main path, of an owner who signs in and a customer who writes:
//
//	url := client.AuthorizeURL(AuthorizeRequest{…})            // the browser goes there and comes back with a code
//	short, err := client.Exchange(ctx, code, redirectURI)      // one hour
//	token, err := client.LongLived(ctx, short.Value)           // sixty days
//	profile, err := client.Me(ctx, token.Value)                // profile.UserID routes webhooks
//	err = connections.Connect(ctx, accountID, Grant{…})        // sealed, saved, subscribed, checked
//	err = VerifySignature(secrets, body, header)               // over the bytes as they came, before any parsing
//	items, err := ParseDelivery(body)                          // one Item per event; a bad one spoils no other
//	err = connections.Send(ctx, func(ctx, token) error {…})    // client.Send: the reply; Call, in turn, for all else
//	err = connections.Tend(ctx)                                // renews, proves, subscribes again, warns; by the Tender
//
// The constructors are NewClient, NewSealer, NewConnections and NewTender. Everything exported is safe for concurrent use
// unless it says otherwise.
package instagram
