import { describe, expect, it } from "vitest";
import en from "@/i18n/english";
import { actionKey, boundsOf } from "./audit";

describe("boundsOf", () => {
  it("takes whole days, the last one included", () => {
    expect(boundsOf({ from: "", to: "" })).toEqual({});
    const { from, to } = boundsOf({ from: "2026-11-20", to: "2026-11-20" });
    expect(Date.parse(to ?? "") - Date.parse(from ?? "")).toBe(86_400_000);
    expect(new Date(from ?? "").getHours()).toBe(0);
  });
});

describe("actionKey", () => {
  it("has a text for what an owner meets most", () => {
    const words = en.audit.word as Record<string, string>;
    for (const action of [
      "support.request",
      "support.opened",
      "api_key.created",
      "member.joined",
      "session.started",
      "connection.ended",
      "backfill.done",
    ])
      expect(words[actionKey(action).slice("audit.word.".length)]).toBeTruthy();
  });
});
