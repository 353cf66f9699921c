package tenants

import (
	"maps"
	"strings"
)

const platformSchema = "platform"

// Every table of the two schemas stands on exactly one of these lists. A migration that adds a table adds it here.
var (
	// tenantTables belong to the inside of an account: account_id leads every key, row security is forced.
	tenantTables = []string{
		"participants", "conversations", "messages", "attachments", "conversation_reads",
		"ingest_events", "event_keys", "ledgers", "connections", "audit", "audit_heads",
		"reactions", "parked_edits", "outbox", "backfills", "backfill_threads", "uploads", "kept_media", "blob_removals", "erasures",
		"labels", "conversation_labels", "conversation_notes", "conversation_events", "conversation_drafts", "saved_replies",
		"search_words", "search_progress",
		"push_subscriptions",
	}
	// platformTables must be found before an account is known, or are not an account's.
	platformTables = []string{
		"accounts", "users", "identities", "memberships", "sessions", "sign_in_flows", "api_keys", "auth_events",
		"invitations", "support_grants", "sign_in_attempts", "break_glass_links", "audit", "deliveries", "unrouted_events", "graph_leases", "data_deletions", "tombstones", "schema_migrations",
		"river_job", "river_leader", "river_queue", "river_notification", "river_migration",
	}
)

// What may exist in the two schemas beside tables, as schema.name (triggers: schema.table.name). SECURITY DEFINER
// functions are looked for in every schema.
var (
	allowedViews            = []string{}
	allowedDefinerFunctions = []string{"tenant.erase_audit", "tenant.find_words"}
	allowedTriggers         = []string{}
	// Row security binds everybody but the owner of these: a definer function reads them by an index that row security would keep from it.
	ownerReads = []string{"tenant.search_words"}
)

// policyText is how PostgreSQL prints the one policy: unset or empty is NULL, which no row equals.
const policyText = "(account_id = (NULLIF(current_setting('app.account_id'::text, true), ''::text))::uuid)"

// appGrants are the tables on which the app role has less than SELECT, INSERT, UPDATE and DELETE (in schema tenant) or
// more than nothing (in schema platform). PRIVILEGE(name) is one on a single column.
var appGrants = map[string]string{
	"tenant.audit":         "SELECT INSERT",
	"tenant.audit_heads":   "SELECT INSERT UPDATE",
	"platform.auth_events": "INSERT SELECT(seq)",
	"platform.river_job":   "SELECT INSERT UPDATE(kind)",
}

// allowedGrants spells every privilege that the app role may have as "schema.table PRIVILEGE".
func allowedGrants() []string {
	grants := map[string]string{}
	for _, t := range qualified(tenantSchema, tenantTables) {
		grants[t] = "SELECT INSERT UPDATE DELETE"
	}
	maps.Copy(grants, appGrants)
	var out []string
	for t, privileges := range grants {
		for p := range strings.FieldsSeq(privileges) {
			out = append(out, t+" "+p)
		}
	}
	return out
}
