import type { Message } from "@/api/types";

/** How far a reply has come, as it is shown. checking: nobody knows, and Parlor is looking; unknown: a person has to look. */
export type Delivery = "queued" | "sending" | "sent" | "failed" | "checking" | "unknown";

export function deliveryOf(message: Pick<Message, "direction" | "state" | "checking">): Delivery | null {
  if (message.direction !== "outbound") return null;
  if (message.state === "unknown") return message.checking ? "checking" : "unknown";
  return message.state === "received" ? "sent" : message.state;
}

const faults = new Set([
  // what Instagram or the account's state refused
  "window_closed",
  "human_agent_not_allowed",
  "human_agent_required",
  "recipient_unavailable",
  "not_connected",
  "permission_missing",
  "rate_limited",
  "blocked",
  "too_large",
  "media_refused",
  "file_gone",
  "rejected",
  "temporary",
  // what happened on the way to the server
  "network",
  "interrupted",
  "validation_failed",
  "forbidden",
  "not_found",
  "unavailable",
  "revocations_stale",
]);

/** The text (below `fault.`) for why a reply was not sent. */
export const faultKey = (fault: string | null): string => (fault && faults.has(fault) ? fault : "other");
