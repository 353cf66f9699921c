const accents: Record<string, string> = {
  a: "á",
  c: "ç",
  e: "é",
  i: "í",
  l: "ĺ",
  n: "ñ",
  o: "ö",
  r: "ŕ",
  s: "š",
  u: "ü",
  y: "ý",
  z: "ž",
  A: "Á",
  C: "Ç",
  E: "É",
  I: "Í",
  N: "Ñ",
  O: "Ö",
  S: "Š",
  U: "Ü",
};
const longer = 0.4;

// As the message compiler spells the parts of a text: its kind, its children, and what it says.
const kindText = 3;
const children = ["b", "body", "i", "items", "c", "cases"] as const;

/** Makes a text of the compiled messages look foreign and 40 % longer; everything else of them stays as it is. */
export function pseudoTexts<T>(texts: T): T {
  return walk(texts) as T;
}

function walk(node: unknown): unknown {
  if (typeof node === "string") return `[${stretch(node)}]`;
  if (Array.isArray(node)) return node.map(walk);
  if (typeof node !== "object" || node === null) return node;
  if (isCompiled(node)) return compiled(node as Compiled);
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, walk(value)]));
}

type Compiled = Record<string, unknown>;

const isCompiled = (node: object): boolean => "type" in node || "t" in node;

/** A compiled message: only what is text in it is made foreign, never the name of a placeholder. */
function compiled(node: Compiled): unknown {
  const kind = node.type ?? node.t;
  const out: Compiled = { ...node };
  for (const key of ["static", "s"]) if (typeof out[key] === "string") out[key] = `[${stretch(out[key])}]`;
  if (kind === kindText) {
    for (const key of ["value", "v"]) if (typeof out[key] === "string") out[key] = stretch(out[key]);
    return out;
  }
  for (const key of children) {
    const child = out[key];
    if (Array.isArray(child)) out[key] = child.map((c) => compiled(c as Compiled));
    else if (typeof child === "object" && child !== null) out[key] = compiled(child as Compiled);
  }
  return out;
}

/** Letters with accents, and more of them: each word's last vowels are said again. */
export function stretch(text: string): string {
  const foreign = [...text].map((letter) => accents[letter] ?? letter).join("");
  const words = text.match(/\p{L}{3,}/gu) ?? [];
  const more = Math.ceil(words.join("").length * longer);
  return words.length === 0 ? foreign : `${foreign}${"·".repeat(Math.max(1, more))}`;
}
