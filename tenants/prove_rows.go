package tenants

// probeRow writes one row of account $1 into a table, with $2 as its own id and $3 as that of the row it belongs to.
// Each table of an account has one, in an order that its foreign keys allow; a table without one fails the proof.
type probeRow struct {
	table  string
	params int // how many of the three the statement uses
	sql    string
}

var probeRows = []probeRow{
	{"participants", 2, `insert into tenant.participants (account_id, participant_id, igsid, name) values ($1, $2, $2::uuid::text, 'probe')`},
	{"conversations", 3, `insert into tenant.conversations (account_id, conversation_id, participant_id, last_message_at) values ($1, $2, $3, now())`},
	{"messages", 3, `insert into tenant.messages (account_id, message_id, conversation_id, direction, kind, state, sent_at)
		values ($1, $2, $3, 'inbound', 'text', 'received', now())`},
	{"attachments", 3, `insert into tenant.attachments (account_id, attachment_id, message_id, position, type) values ($1, $2, $3, 0, 'image')`},
	{"conversation_reads", 3, `insert into tenant.conversation_reads (account_id, conversation_id, user_id) values ($1, $3, $2)`},
	{"ingest_events", 2, `insert into tenant.ingest_events (account_id, delivery_id, item_no) values ($1, $2, 0)`},
	{"event_keys", 2, `insert into tenant.event_keys (account_id, kind, mid, variant, delivery_id, item_no) values ($1, 'probe', $2::uuid::text, '', $2, 0)`},
	{"ledgers", 1, `insert into tenant.ledgers (account_id) values ($1)`},
	{"connections", 1, `insert into tenant.connections (account_id, sealed_token, issued_at, expires_at) values ($1, '', now(), now())`},
	{"reactions", 2, `insert into tenant.reactions (account_id, mid, actor, reacted_at) values ($1, $2::uuid::text, 'customer', now())`},
	{"parked_edits", 2, `insert into tenant.parked_edits (account_id, mid, num, text, edited_at) values ($1, $2::uuid::text, 1, 'probe', now())`},
	{"outbox", 3, `insert into tenant.outbox (account_id, attempt_id, message_id, conversation_id, seq)
		values ($1, $2, $3, $2, 1)`},
	{"backfills", 2, `insert into tenant.backfills (account_id, backfill_id, cause) values ($1, $2, 'gap')`},
	{"backfill_threads", 3, `insert into tenant.backfill_threads (account_id, backfill_id, thread_id) values ($1, $3, $2::uuid::text)`},
	{"uploads", 2, `insert into tenant.uploads (account_id, upload_id, kind, content_type, bytes, blob_key) values ($1, $2, 'image', 'image/png', 1, 'probe')`},
	{"kept_media", 2, `insert into tenant.kept_media (account_id, attachment_id, content_type, bytes, blob_key) values ($1, $2, 'image/png', 1, 'probe')`},
	{"blob_removals", 2, `insert into tenant.blob_removals (account_id, blob_key) values ($1, $2::uuid::text)`},
	{"erasures", 2, `insert into tenant.erasures (account_id, erasure_id, subject, erased_at) values ($1, $2, '', now())`},
	// The label has the conversation's id, so that the row that joins them needs no other.
	{"labels", 3, `insert into tenant.labels (account_id, label_id, name, name_key, colour) values ($1, $3, $2::uuid::text, $2::uuid::text, 'grey')`},
	{"conversation_labels", 3, `insert into tenant.conversation_labels (account_id, conversation_id, label_id)
		select $1::uuid, $3::uuid, $3::uuid where $2::uuid is not null`},
	{"conversation_notes", 3, `insert into tenant.conversation_notes (account_id, note_id, conversation_id, client_id, author_id, author_name, text, created_at)
		values ($1, $2, $3, $2, $2, 'probe', 'probe', now())`},
	{"conversation_events", 3, `insert into tenant.conversation_events (account_id, event_id, conversation_id, kind, at) values ($1, $2, $3, 'closed', now())`},
	{"conversation_drafts", 3, `insert into tenant.conversation_drafts (account_id, user_id, conversation_id, mode, text, revision, updated_at)
		values ($1, $2, $3, 'note', 'probe', 1, now())`},
	{"saved_replies", 2, `insert into tenant.saved_replies (account_id, saved_reply_id, name, name_key, text) values ($1, $2, 'probe', 'probe', 'probe')`},
	{"search_words", 3, `insert into tenant.search_words (account_id, entry_id, message_id, at, words)
		select $1::uuid, $3::uuid, $3::uuid, now(), ''::tsvector where $2::uuid is not null`},
	{"search_progress", 1, `insert into tenant.search_progress (account_id) values ($1)`},
	{"push_subscriptions", 2, `insert into tenant.push_subscriptions (account_id, subscription_id, user_id, session_id, endpoint_mark, sealed, created_at)
		values ($1, $2, $2, $2, $2::uuid::text::bytea, '', now())`},
	{"audit", 1, `insert into tenant.audit (account_id, seq, actor_kind, action) values ($1, 1, 'system', 'probe')`},
	{"audit_heads", 1, `insert into tenant.audit_heads (account_id) values ($1)`},
}

// parents names, for a table whose row belongs to another one, that other table.
var parents = map[string]string{
	"conversations": "participants", "messages": "conversations", "attachments": "messages", "conversation_reads": "conversations",
	"outbox": "messages", "backfill_threads": "backfills", "labels": "conversations", "conversation_labels": "conversations",
	"conversation_notes": "conversations", "conversation_events": "conversations", "conversation_drafts": "conversations",
	"search_words": "messages",
}
