// The shapes of replies and of the connection, until the generated document has them; then this file goes.
import type { components } from "./schema";

type Schemas = components["schemas"];

export interface Attachment {
  id: string;
  type: string;
  title: string | null;
  /** A path of our own origin, good for some minutes. */
  media_url: string | null;
  /** What to open in Instagram. */
  link: string | null;
  /** Instagram does not give the file any more. */
  expired: boolean;
}

export interface ReplyTo {
  mid: string | null;
  message_id: string | null;
  text: string | null;
  story: boolean;
}

export interface Reaction {
  actor: "customer" | "account";
  emoji: string;
}

export interface Referral {
  source: string;
  ref: string;
  ad_id: string;
  ad_title: string;
}

export interface Message {
  id: string;
  mid: string | null;
  client_id: string | null;
  direction: "inbound" | "outbound";
  kind: string;
  text: string | null;
  state: "received" | "queued" | "sending" | "sent" | "failed" | "unknown";
  sent_at: string;
  attachments: Attachment[];
  fault: string | null;
  actions: string[];
  checking: boolean;
  seen: boolean;
  edited_at: string | null;
  recovered: boolean;
  standby: boolean;
  marked_sent: boolean;
  origin: "instagram_app" | "other_app" | "parlor" | null;
  reply_to: ReplyTo | null;
  reactions: Reaction[];
  referral: Referral | null;
}

export interface ReplyWindow {
  state: "open" | "human_agent" | "closed";
  closes_at: string | null;
  reason: string;
  opened_by: string | null;
}

export type Conversation = Omit<Schemas["Conversation"], "window"> & { window: ReplyWindow };

export interface Upload {
  id: string;
  kind: string;
  content_type: string;
  bytes: number;
}

export interface Ledger {
  received: number;
  applied: number;
  skipped: number;
  pending: number;
  failed: number;
}

export interface Backfill {
  state: "none" | "running" | "done" | "failed";
  cause: string;
  phase: string;
  conversations_seen: number;
  conversations_total: number;
  messages: number;
  recovered: number;
  rate_per_second: number;
  seconds_left: number | null;
  started_at: string | null;
  finished_at: string | null;
  fault: string;
}

export interface Connection {
  status: "connecting" | "active" | "needs_reconnect" | "disconnected" | "suspended";
  status_reason: string;
  status_at: string | null;
  instagram_user_id: string;
  username: string;
  expires_at: string | null;
  days_left: number | null;
  alarm: number;
  permissions: string[];
  missing_permissions: string[];
  subscribed_fields: string[];
  subscribed: boolean;
  last_webhook_at: string | null;
  refreshed_at: string | null;
  refresh_fault: string;
  proved_at: string | null;
  proof_fault: string;
  human_agent: { allowed: boolean; confirmed: boolean };
  can_reconnect: boolean;
  ledger: Ledger;
  backfill: Backfill | null;
}

export interface LedgerEvent {
  id: string;
  kind: string;
  outcome: string;
  reason: string;
  received_at: string;
  replayable: boolean;
}

export interface Receipt {
  id: string;
  erased_at: string;
  removed: Record<string, number>;
}
