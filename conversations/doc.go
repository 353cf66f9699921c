// Package conversations is the product: what customers write to an account, and who has read it.
//
// It owns conversations, messages, participants, the ingest ledger, unread counts, the reply window and live hints. It must not know HTTP,
// how somebody signed in (auth), or how Instagram is called; webhook payloads it knows through package instagram.
//
// The main path, of a customer's message:
//
//	ingest.Accept(ctx, body)      // one committed row of platform.deliveries; only now the webhook is answered with 200
//	ingest.Run(ctx)               // the splitters: one tenant.ingest_events row per item of a known account, then each event once, in one
//	                              // transaction with participant, conversation, message, counters and outcome
//	applier.Work(ctx, job)        // the same from the queue, for what did not work out at once and for large batches
//	live.Run(ctx)                 // NOTIFY of that commit → hints to the open pages of that account, on every instance
//	store.Conversations(ctx, …)   // the page re-reads
//
// A delivery stays locked until its events are applied or left to a job. Whenever the process dies, the lock goes with it, another splitter
// does it again, and every step finds what it had done before. That costs no queue on the way of a message to the page: with one, it took
// up to a second, and a job whose process was killed waited for its rescue.
//
// Events come in any order and more than once, and end the same. An event is known by (kind, mid, variant): claimEvent. All that concerns one
// message happens one after the other: lockMID. What comes before its message waits for it: an unsend and a read as their claimed keys, an edit
// in parked_edits, a reaction under its mid. The order of locks is key, mid, conversation, message.
//
// Every read and write of an account's rows goes through tenants.DB with the account that ctx carries.
package conversations
