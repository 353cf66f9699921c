/** A piece of a text: plain, or an address that a browser may open. */
export interface Piece {
  text: string;
  /** Where it leads, as the browser reads it. */
  href?: string;
  /** The host in plain letters where the text writes it in others: а and a look alike. */
  host?: string;
}

const address = /https?:\/\/[^\s<>"]+/giu;
const closing = /[.,;:!?…'’”»)\]}]+$/u;
const turnsWriting = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Cuts a text into pieces. Nothing is left out or changed: together they are the text. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(address)) {
    const written = withoutEnd(match[0]);
    const link = linkOf(written);
    if (!link) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) });
    pieces.push(link);
    end = match.index + written.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

/** What ends the sentence does not belong to the address, but for a bracket that was opened in it. */
function withoutEnd(written: string): string {
  const rest = written.replace(closing, "");
  return written[rest.length] === ")" && rest.includes("(") ? `${rest})` : rest;
}

/** An address that is what it looks like; one that names somebody before its host, or turns the writing round, stays text. */
function linkOf(written: string): Piece | undefined {
  if (turnsWriting.test(written) || !URL.canParse(written)) return undefined;
  const url = new URL(written);
  if (!/^https?:$/.test(url.protocol) || url.username || url.password || !url.hostname) return undefined;
  const link = { text: written, href: url.href };
  return written.toLowerCase().includes(url.hostname) ? link : { ...link, host: url.hostname };
}
