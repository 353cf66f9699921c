import type { Backfill, Connection, Ledger } from "@/api/types";

/** How bad it is: what colour and which icon it gets. */
export type Mood = "good" | "warning" | "bad" | "idle";

/** The mood of a connection; one that works but runs out soon is a warning. */
export function moodOf(view: Pick<Connection, "status" | "alarm" | "missing_permissions" | "subscribed">): Mood {
  if (view.status === "connecting") return "idle";
  if (view.status !== "active") return "bad";
  return view.alarm > 0 || view.missing_permissions.length > 0 || !view.subscribed ? "warning" : "good";
}

const reasons = new Set([
  "token_expired",
  "token_invalid",
  "resumed",
  "password_changed",
  "app_removed",
  "checkpoint",
  "wrong_account",
  "owner",
  "deauthorised",
]);

/** The text (below `connection.reason.`) for why a connection is not active; empty when there is none to give. */
export function reasonKey(reason: string): string {
  if (!reason) return "";
  return reasons.has(reason) ? reason : "other";
}

/** The three sorts of permission that Parlor asks for; others are shown by Instagram's name. */
export function permissionKey(permission: string): string {
  const known = ["instagram_business_basic", "instagram_business_manage_messages", "human_agent"];
  return known.includes(permission) ? permission : "";
}

/** How far an import is, from 0 to 1, or null while nobody knows how much there is. */
export function importShare(b: Pick<Backfill, "phase" | "conversations_seen" | "conversations_total">): number | null {
  return b.phase !== "list" && b.conversations_total > 0
    ? Math.min(1, b.conversations_seen / b.conversations_total)
    : null;
}

/** Whether the ledger adds up; it always does, and says so. */
export function ledgerAddsUp(l: Ledger): boolean {
  return l.received === l.applied + l.skipped + l.pending + l.failed;
}
