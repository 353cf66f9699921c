import { describe, expect, it } from "vitest";
import { durationText, windowLabel } from "./replyWindow";

const now = Date.parse("2026-11-20T12:00:00Z");
const minutes = (n: number) => n * 60_000;

describe("windowLabel", () => {
  it("counts down and warns below three hours", () => {
    const at = (ms: number) => windowLabel({ state: "open", closes_at: new Date(now + ms).toISOString() }, now);
    expect(at(minutes(600))).toEqual({ state: "open", time: "10h", soon: false });
    expect(at(minutes(132))).toEqual({ state: "open", time: "2h 12m", soon: true });
  });
  it("is closed when its time is over, whatever the server said then", () => {
    expect(windowLabel({ state: "open", closes_at: new Date(now).toISOString() }, now).state).toBe("closed");
    expect(windowLabel({ state: "closed", closes_at: null }, now).state).toBe("closed");
    expect(windowLabel({ state: "open", closes_at: "not a time" }, now).state).toBe("closed");
  });
});

describe("durationText", () => {
  it.each([
    [minutes(0.5), "<1m"],
    [minutes(59.9), "59m"],
    [minutes(60), "1h"],
    [minutes(61), "1h 1m"],
    [minutes(47 * 60), "47h"],
    [minutes(48 * 60), "2d"],
  ])("%d ms is %s", (ms, text) => expect(durationText(ms)).toBe(text));
});
