import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import en from "@/i18n/english";

/** Every code that the server refuses with, as its source names it. */
function codesOf(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".go") && !name.endsWith("_test.go"));
  const source = names.map((name) => readFileSync(`${folder}/${name}`, "utf8")).join("\n");
  const made = source.matchAll(/(?:newProblem\(http\.\w+, |unauthorized\(|refusal\()"([a-z_]+)"/g);
  return [...made].map((m) => m[1] ?? "");
}
const codes = [...new Set([...codesOf("../api"), ...codesOf("../auth")])];

/** What no person meets: it goes to programs and Meta, shows in a picture's place, or means that the app itself is wrong. */
const unseen = `missing_key invalid_key insufficient_scope handshake_refused invalid_signature
  invalid_ticket ticket_expired media_expired media_unavailable media_refused media_too_large media_busy range_not_satisfiable
  missing_token invalid_token unreadable_body method_not_allowed unsupported_media_type headers_too_large misdirected_request
  too_many_streams client_id_used`.split(/\s+/);

/** What is said where it happens, in words of its own. */
const elsewhere: Record<string, string> = { ...en.fault, ...en.file.fault, instagram_refused: en.delivery.refused };

describe("the problems of the API", () => {
  it("have a text each", () => {
    expect(codes.length).toBeGreaterThan(50);
    const problems = en.problem as Record<string, { title: string; help: string } | string>;
    const said = (code: string) => {
      const text = problems[code];
      return typeof text === "object" ? text.title && text.help : elsewhere[code];
    };
    expect(codes.filter((code) => !unseen.includes(code) && !said(code))).toEqual([]);
  });

  it("are left out only while they exist", () => {
    expect(unseen.filter((code) => !codes.includes(code))).toEqual([]);
  });
});
