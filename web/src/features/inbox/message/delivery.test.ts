import { describe, expect, it } from "vitest";
import texts from "@/i18n/english";
import { deliveryOf, faultKey } from "./delivery";

describe("deliveryOf", () => {
  it.each([
    ["outbound", "queued", false, "queued"],
    ["outbound", "sending", false, "sending"],
    ["outbound", "sent", false, "sent"],
    ["outbound", "failed", false, "failed"],
    ["outbound", "unknown", true, "checking"],
    ["outbound", "unknown", false, "unknown"],
    ["outbound", "received", false, "sent"],
    ["inbound", "received", false, null],
  ] as const)("%s %s, checking %s, is %s", (direction, state, checking, shown) =>
    expect(deliveryOf({ direction, state, checking })).toBe(shown),
  );
});

describe("faultKey", () => {
  const words = ["window_closed", "human_agent_not_allowed", "human_agent_required", "recipient_unavailable"];
  words.push(
    "not_connected",
    "permission_missing",
    "rate_limited",
    "blocked",
    "too_large",
    "media_refused",
    "file_gone",
  );
  words.push("rejected", "temporary", "network", "interrupted");

  it.each(words)("%s has a sentence of its own", (word) => {
    expect(faultKey(word)).toBe(word);
    expect(Object.keys(texts.fault)).toContain(word);
  });
  it.each([null, "", "a word of a later version"])("%j is told without details", (word) =>
    expect(faultKey(word)).toBe("other"),
  );
});
