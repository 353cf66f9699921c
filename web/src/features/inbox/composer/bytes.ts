/** Instagram counts a text in bytes of UTF-8 (Send API, read 2026-11-22). */
export const textLimit = 1000;
const shownFrom = 800;

const encoder = new TextEncoder();

/** What the counter under a text shows. */
export interface ByteCount {
  bytes: number;
  shown: boolean;
  over: boolean;
}

/** Counts what would be sent: space around the text is not. */
export function countBytes(text: string): ByteCount {
  const bytes = encoder.encode(text.trim()).length;
  return { bytes, shown: bytes >= shownFrom, over: bytes > textLimit };
}
