const MB = 1024 * 1024;

// What Instagram takes (Send API, read 2026-11-22); the server looks into the bytes again.
const kinds = [
  { kind: "image", limit: 8 * MB, types: ["image/png", "image/jpeg", "image/gif"] },
  {
    kind: "video",
    limit: 25 * MB,
    types: ["video/mp4", "video/ogg", "video/quicktime", "video/x-msvideo", "video/webm"],
  },
  { kind: "audio", limit: 25 * MB, types: ["audio/aac", "audio/mp4", "audio/x-m4a", "audio/wav", "audio/x-wav"] },
  { kind: "file", limit: 25 * MB, types: ["application/pdf"] },
];

/** For the accept attribute of a file field. */
export const acceptedTypes = kinds.flatMap((k) => k.types).join(",");

/** What is known of a file before it is uploaded: its kind, or why it cannot be sent. */
export type FileVerdict = { kind: string } | { refusal: "type" | "empty" | "size"; limit: number };

/** Judges a file by what the browser says of it, so that nothing is uploaded in vain. limit is in whole megabytes. */
export function judgeFile(file: { type: string; size: number }): FileVerdict {
  const rule = kinds.find((k) => k.types.includes(file.type.toLowerCase()));
  if (!rule) return { refusal: "type", limit: 0 };
  if (file.size === 0) return { refusal: "empty", limit: 0 };
  return file.size > rule.limit ? { refusal: "size", limit: rule.limit / MB } : { kind: rule.kind };
}
