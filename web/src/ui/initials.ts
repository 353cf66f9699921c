/** One or two letters for somebody without a picture: of the first and the last word; handles split at dots and underscores. */
export function initialsOf(name: string): string {
  const words = name
    .replace(/^@/, "")
    .split(/[\s._-]+/u)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
  const first = letterOf(words[0]);
  const last = words.length > 1 ? letterOf(words[words.length - 1]) : "";
  return first + last || "?";
}

function letterOf(word: string | undefined): string {
  const letter = [...(word ?? "")].find((char) => /[\p{L}\p{N}]/u.test(char)) ?? "";
  return letter.toLocaleUpperCase();
}

/** A hue from 0 to 359 that stays with the same text. */
export function hueOf(text: string): number {
  let hash = 7;
  for (const char of text) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 100_003;
  return (hash * 47) % 360;
}
