import type { Message } from "@/api/types";
import { daysBetween } from "@/time/time";
import type { ShownMessage } from "../composer/merge";
import type { Aside } from "../notes";

/** What a thread shows, from top to bottom. */
export type Entry =
  | { kind: "day"; key: string; at: string }
  | { kind: "new"; key: string; count: number }
  | { kind: "aside"; key: string; aside: Aside }
  | { kind: "message"; key: string; message: ShownMessage; last: boolean; seen: boolean };

const together = 5 * 60_000;

/**
 * Lays messages (oldest first) out, and what the account's people did between them: a heading for each day, a divider before the first of
 * the last `unread` inbound messages, and groups of what one side wrote within five minutes. `last` tells that a message ends its group;
 * `seen` stands at the newest one that the customer has seen. While there is `older`, nobody knows whether the first day begins here: it
 * gets no heading, which would leave again under the reader's eyes.
 */
export function layOut(messages: ShownMessage[], unread: number, asides: Aside[] = [], older = false): Entry[] {
  const divider = messages[firstUnread(messages, unread)];
  const seen = messages.findLast((m) => m.direction === "outbound" && m.seen);
  const rows = merged(messages, asides);
  const entries: Entry[] = [];
  rows.forEach((row, i) => {
    const before = rows[i - 1];
    const after = rows[i + 1];
    if (before ? !sameDay(timeOf(before), timeOf(row)) : !older)
      entries.push({ kind: "day", key: `day-${row.id}`, at: timeOf(row) });
    if ("at" in row) return entries.push({ kind: "aside", key: row.id, aside: row });
    if (row === divider) entries.push({ kind: "new", key: "new", count: unread });
    entries.push({
      kind: "message",
      // A reply keeps its place on the page when the server gives it an id.
      key: row.client_id ?? row.id,
      message: row,
      last: after === divider || !grouped(row, after),
      seen: row === seen,
    });
  });
  return entries;
}

type Row = ShownMessage | Aside;

/** Both in one order; at the same moment the message comes first, for it is what was answered. */
function merged(messages: ShownMessage[], asides: Aside[]): Row[] {
  const rows: Row[] = [];
  let next = 0;
  for (const m of messages) {
    for (let a = asides[next]; a && Date.parse(a.at) < Date.parse(m.sent_at); a = asides[++next]) rows.push(a);
    rows.push(m);
  }
  return [...rows, ...asides.slice(next)];
}

const timeOf = (row: Row): string => ("at" in row ? row.at : row.sent_at);

function firstUnread(messages: Message[], unread: number): number {
  let left = unread;
  for (let i = messages.length - 1; i >= 0 && left > 0; i--) {
    if (messages[i]?.direction === "inbound" && --left === 0) return i;
  }
  return -1;
}

const sameDay = (a: string, b: string) => daysBetween(new Date(a), new Date(b)) === 0;

function grouped(a: Row | undefined, b: Row | undefined): boolean {
  if (!a || !b || "at" in a || "at" in b) return false;
  const apart = Date.parse(b.sent_at) - Date.parse(a.sent_at);
  return a.direction === b.direction && sameDay(a.sent_at, b.sent_at) && apart < together;
}
