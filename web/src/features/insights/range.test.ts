import { describe, expect, it } from "vitest";
import type { LocationQuery } from "vue-router";
import { faultOf, lastDays, maxDays, noonOf, queryOf, readRange } from "./range";

const now = new Date(2026, 10, 23, 0, 5); // five past midnight

describe("the range of an address", () => {
  it("is the last days of the reader's own calendar, today included", () => {
    expect(readRange({}, now)).toEqual({ from: "2026-10-25", to: "2026-11-23", days: 30 });
    expect(readRange({ days: "7" }, now)).toEqual({ from: "2026-11-17", to: "2026-11-23", days: 7 });
    expect(lastDays(90, new Date(2026, 10, 23, 23, 59)).from).toBe("2026-08-26");
  });
  it("is one's own where it can be, and comes back as it went", () => {
    const own = { from: "2026-02-27", to: "2026-03-01" };
    expect(readRange(queryOf(own) as Record<string, string>, now)).toEqual(own);
    expect(queryOf(lastDays(7, now))).toEqual({ days: "7" });
    const unusable: LocationQuery[] = [
      { days: "8" },
      { from: "2026-03-01" },
      { from: "2026-03-01", to: "2026-02-01" },
      { days: ["7", "30"] },
    ];
    for (const query of unusable) expect(readRange(query, now).days).toBe(30);
  });
});

describe("faultOf", () => {
  it.each([
    ["2026-01-01", "2026-01-01", ""],
    ["2024-01-01", "2024-12-31", ""], // 366 days
    ["2026-01-01", "2027-01-02", "long"],
    ["2026-01-02", "2026-01-01", "order"],
    ["", "2026-01-01", "incomplete"],
    ["01.01.2026", "2026-01-01", "incomplete"],
  ])("of %s to %s is %j", (from, to, fault) => expect(faultOf({ from, to })).toBe(fault));
  it("counts days, also those that are an hour shorter or longer", () => {
    const to = new Date(noonOf("2026-01-01"));
    to.setDate(to.getDate() + maxDays - 1);
    expect(to.getHours()).toBe(12);
    expect(faultOf({ from: "2026-01-01", to: "2027-01-01" })).toBe("");
  });
});
