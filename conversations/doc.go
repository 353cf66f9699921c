// Package conversations is the product: what customers write to an account, and who has read it.
//
// It owns conversations, messages, participants, the ingest ledger, unread counts, the reply window and live hints. It must not know HTTP,
// how somebody signed in (auth), or how Instagram is called; webhook payloads it knows through package instagram.
//
// The main path, of a customer's message:
//
//	ingest.Accept(ctx, body)      // one committed row of platform.deliveries; only now the webhook is answered with 200
//	ingest.Run(ctx)               // the splitter: one tenant.ingest_events row per item of a known account, and a job
//	applier.Work(ctx, job)        // each event once: participant, conversation, message, counters and outcome in one transaction
//	live.Run(ctx)                 // NOTIFY of that commit → hints to the open pages of that account, on every instance
//	store.Conversations(ctx, …)   // the page re-reads
//
// Every read and write of an account's rows goes through tenants.DB with the account that ctx carries.
package conversations
