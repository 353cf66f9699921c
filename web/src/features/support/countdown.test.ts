import { describe, expect, it } from "vitest";
import { leftText } from "./countdown";

describe("leftText", () => {
  const at = Date.parse("2026-11-23T10:00:00Z");
  it.each([
    ["2026-11-23T10:20:00Z", "20:00"],
    ["2026-11-23T10:01:05Z", "1:05"],
    ["2026-11-23T10:00:00.300Z", "0:01"],
    ["2026-11-23T09:00:00Z", "0:00"],
  ])("%s is %s", (until, text) => expect(leftText(until, at)).toBe(text));
});
