import { describe, expect, it } from "vitest";
import { agoText, dayText, daysBetween, listTime } from "./time";

const local = (y: number, m: number, d: number, h: number, min = 0) => new Date(y, m - 1, d, h, min);
const noon = local(2026, 11, 20, 12);
const at = (d: Date) => d.toISOString();

describe("listTime", () => {
  it("goes from minutes to dates", () => {
    expect(listTime(at(local(2026, 11, 20, 11, 59)), noon.getTime() + 30_000)).toBe("1m");
    expect(listTime(at(noon), noon.getTime())).toBe("now");
    expect(listTime(at(local(2026, 11, 20, 11, 5)), noon.getTime())).toBe("55m");
    expect(listTime(at(local(2026, 11, 20, 9, 5)), noon.getTime())).toMatch(/9.05/);
    expect(listTime(at(local(2026, 11, 18, 9)), noon.getTime())).toMatch(/^\p{L}+\.?$/u);
    expect(listTime(at(local(2025, 3, 1, 9)), noon.getTime())).toContain("2025");
  });
  it("shows a moment ahead of this clock as now", () => {
    expect(listTime(at(local(2026, 11, 20, 12, 5)), noon.getTime())).toBe("now");
  });
});

describe("daysBetween", () => {
  it("counts midnights, not hours", () => {
    expect(daysBetween(local(2026, 11, 19, 23, 59), local(2026, 11, 20, 0, 1))).toBe(1);
    expect(daysBetween(local(2026, 11, 20, 0, 1), local(2026, 11, 20, 23, 59))).toBe(0);
    expect(dayText(at(local(2026, 11, 19, 23)), noon.getTime())).toBe("yesterday");
  });
});

describe("agoText", () => {
  const before = (ms: number) => agoText(new Date(noon.getTime() - ms).toISOString(), noon.getTime());
  it("rounds down to the greatest unit that fits", () => {
    expect(before(2.9 * 60_000)).toMatch(/\b2\b/);
    expect(before(47.5 * 3_600_000)).toMatch(/\b47\b/);
    expect(before(72 * 3_600_000)).toMatch(/\b3\b/);
    expect(before(-5 * 60_000)).toBe(before(0));
  });
});
