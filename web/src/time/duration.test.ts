import { describe, expect, it } from "vitest";
import { durationText } from "./duration";

const minutes = (n: number) => n * 60_000;

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
