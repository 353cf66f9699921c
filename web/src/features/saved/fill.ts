import type { Participant } from "@/api/types";

/** The places in a saved reply that are filled when it is taken. */
export const places = ["name", "first_name", "username", "agent"] as const;

/** Fills the places. What is not known is left out, with the blank before it; whoever has no name is called by the handle. */
export function filled(text: string, to: Participant | undefined, agent: string): string {
  const name = to?.name?.trim() ?? "";
  const username = to?.username ?? "";
  const values: Record<string, string> = {
    name: name || username,
    first_name: name.split(/\s+/)[0] || username,
    username,
    agent,
  };
  return text.replace(/([ \t]?)\{(\w+)\}/g, (whole, blank: string, place: string) => {
    const value = values[place];
    if (value === undefined) return whole;
    return value && blank + value;
  });
}

/** Words in braces that fill nothing, as they were typed: most likely a slip. */
export function unknownPlaces(text: string): string[] {
  const found = [...text.matchAll(/\{(\w+)\}/g)].map(([, place]) => place ?? "");
  return [...new Set(found)].filter((place) => !places.some((p) => p === place)).map((place) => `{${place}}`);
}
