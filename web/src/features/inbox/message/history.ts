import type { ConversationEvent } from "@/api/types";
import { momentText } from "@/time/time";

/** The text of something that was done, as its key and what stands in it. `me` is who reads it. */
export function wordsOf(event: ConversationEvent, me: string, somebody: string) {
  const { kind, cause, actor, about, until } = event;
  const more = {
    name: actor?.name || somebody,
    to: about?.name || somebody,
    time: until ? momentText(until) : "",
  };
  if (cause) return { key: `history.cause.${cause}`, more };
  const who = actor?.user_id === me ? "you" : "by";
  return { key: `history.${who}.${wordOf(kind, event, me)}`, more };
}

function wordOf(kind: ConversationEvent["kind"], { actor, about, until }: ConversationEvent, me: string): string {
  if (kind === "snoozed") return until ? "snoozedUntil" : "snoozed";
  if (kind !== "assigned") return kind;
  if (about?.user_id === actor?.user_id) return "took";
  return about?.user_id === me ? "assignedYou" : "assigned";
}
