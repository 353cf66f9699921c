import type { Entry } from "./groups";

const line = 24;
const lineLength = 62; // letters, at the usual width

/**
 * About how high an entry will be, in pixels, for what has not been drawn yet. It is measured when it is; the closer the guess, the
 * steadier the scrollbar.
 */
export function heightOf(entry: Entry): number {
  switch (entry.kind) {
    case "day":
    case "new":
      return 40;
    case "aside":
      return entry.aside.kind === "event" ? 36 : 54 + line * linesOf(entry.aside.note.text);
    case "message": {
      const { text, attachments, reply_to, reactions } = entry.message;
      const body = (text ? 20 + line * linesOf(text) : 0) + attachments.length * 220;
      return (body || 44) + (reply_to ? 48 : 0) + (reactions.length ? 30 : 0) + (entry.last ? 36 : 4);
    }
  }
}

const linesOf = (text: string): number =>
  text.split("\n").reduce((lines, part) => lines + Math.max(1, Math.ceil(part.length / lineLength)), 0);

/** The rows to draw: those in sight, some beyond both ends, and one that has to stay wherever it is. */
export function drawn(range: { startIndex: number; endIndex: number; overscan: number; count: number }, kept: number) {
  const from = Math.max(range.startIndex - range.overscan, 0);
  const to = Math.min(range.endIndex + range.overscan, range.count - 1);
  const rows = Array.from({ length: Math.max(to - from + 1, 0) }, (_, i) => from + i);
  if (kept < 0 || kept >= range.count) return rows;
  if (kept < from) return [kept, ...rows];
  return kept > to ? [...rows, kept] : rows;
}
