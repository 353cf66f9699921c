import { describe, expect, it } from "vitest";
import "@/i18n/forTests";
import type { ConversationEvent } from "@/api/types";
import { i18n } from "@/i18n";
import { wordsOf } from "./history";

const mika = { user_id: "u1", name: "Mika" };
const noa = { user_id: "u2", name: "Noa" };

function told(event: Partial<ConversationEvent>, me = "u9"): string {
  const whole = {
    id: "e",
    kind: "closed",
    cause: null,
    actor: null,
    about: null,
    until: null,
    at: "",
    ...event,
  } as const;
  const words = wordsOf(whole, me, "Somebody");
  return i18n.global.t(words.key, words.more);
}

describe("wordsOf", () => {
  it("tells who did it, and you from others", () => {
    expect(told({ actor: mika })).toBe("Mika closed this conversation");
    expect(told({ actor: mika }, "u1")).toBe("You closed this conversation");
    expect(told({ actor: { ...mika, name: "" } })).toBe("Somebody closed this conversation");
    expect(told({ kind: "support_visit", actor: mika })).toBe("Mika from support opened this conversation");
  });
  it("tells whose it is now", () => {
    expect(told({ kind: "assigned", actor: mika, about: noa })).toBe("Mika assigned this to Noa");
    expect(told({ kind: "assigned", actor: mika, about: noa }, "u2")).toBe("Mika assigned this to you");
    expect(told({ kind: "assigned", actor: mika, about: mika }, "u1")).toBe("You took this conversation");
    expect(told({ kind: "assigned", actor: mika, about: mika })).toBe("Mika took this conversation");
    expect(told({ kind: "unassigned", actor: mika, about: noa })).toBe("Mika took this off Noa");
  });
  it("tells why when nobody did it", () => {
    expect(told({ kind: "reopened", cause: "customer_wrote" })).toBe("Open again: the customer wrote");
    expect(told({ kind: "unassigned", cause: "cannot_answer", about: noa })).toBe(
      "Noa may not answer any more, so this is nobody’s",
    );
  });
  it("has words for everything", () => {
    const kinds = ["closed", "reopened", "snoozed", "assigned", "unassigned", "support_visit"] as const;
    const causes = ["customer_wrote", "snooze_over", "cannot_answer"] as const;
    for (const kind of kinds)
      for (const me of ["u1", "u2", "u9"])
        for (const until of [null, "2026-11-20T12:00:00Z"])
          for (const about of [mika, noa])
            expect(told({ kind, actor: mika, about, until }, me)).not.toContain("history.");
    for (const cause of causes) expect(told({ cause })).not.toContain("history.");
  });
});
