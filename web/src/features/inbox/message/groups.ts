import type { Message } from "@/api/types";
import type { ShownMessage } from "../composer/merge";
import { daysBetween } from "@/time/time";

/** What a thread shows, from top to bottom. */
export type Entry =
  | { kind: "day"; key: string; at: string }
  | { kind: "new"; key: string; count: number }
  | { kind: "message"; key: string; message: ShownMessage; first: boolean; last: boolean; seen: boolean };

const together = 5 * 60_000;

/**
 * Lays messages (oldest first) out: a heading for each day, a divider before the first of the last `unread` inbound messages, and groups
 * of what one side wrote within five minutes. `first` and `last` tell a message's place in its group; `seen` stands at the newest one
 * that the customer has seen.
 */
export function layOut(messages: ShownMessage[], unread: number): Entry[] {
  const divider = firstUnread(messages, unread);
  const seen = messages.findLastIndex((m) => m.direction === "outbound" && m.seen);
  const entries: Entry[] = [];
  messages.forEach((message, i) => {
    const before = messages[i - 1];
    const after = messages[i + 1];
    if (!before || !sameDay(before, message))
      entries.push({ kind: "day", key: `day-${message.id}`, at: message.sent_at });
    if (i === divider) entries.push({ kind: "new", key: "new", count: unread });
    entries.push({
      kind: "message",
      // A reply keeps its place on the page when the server gives it an id.
      key: message.client_id ?? message.id,
      message,
      first: !before || i === divider || !grouped(before, message),
      last: !after || i + 1 === divider || !grouped(message, after),
      seen: i === seen,
    });
  });
  return entries;
}

function firstUnread(messages: Message[], unread: number): number {
  let left = unread;
  for (let i = messages.length - 1; i >= 0 && left > 0; i--) {
    if (messages[i]?.direction === "inbound" && --left === 0) return i;
  }
  return -1;
}

const sameDay = (a: Message, b: Message) => daysBetween(new Date(a.sent_at), new Date(b.sent_at)) === 0;

function grouped(a: Message, b: Message): boolean {
  return a.direction === b.direction && sameDay(a, b) && Date.parse(b.sent_at) - Date.parse(a.sent_at) < together;
}
