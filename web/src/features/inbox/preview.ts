import type { Conversation } from "@/api/types";

const known = ["attachment", "unsupported", "empty", "unsent", "postback", "referral"];

/** The text of a row's second line, or the key of the text to show instead of one. */
export function previewOf(c: Conversation): { text: string } | { key: string } {
  const last = c.last_message;
  if (!last) return { text: "" };
  if (last.text) return { text: last.text };
  return { key: `preview.${known.includes(last.kind) ? last.kind : "other"}` };
}

/** How a participant is called: name, handle, or nothing that Instagram has told yet. */
export function nameOf(c: Conversation, otherwise: string): string {
  return c.participant.name || (c.participant.username ? `@${c.participant.username}` : otherwise);
}
