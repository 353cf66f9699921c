import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fieldText, snoozeChoices } from "./snooze";

const zone = process.env.TZ;
const texts = (now: Date) =>
  Object.fromEntries(snoozeChoices(now).map((c) => [c.name, c.until ? fieldText(c.until) : null]));

describe("the times that are offered", () => {
  beforeEach(() => (process.env.TZ = "Europe/Zurich"));
  afterEach(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  it("are different ones, at least an hour ahead, at any hour of any day", () => {
    for (let hour = 0; hour < 24 * 14; hour++)
      for (const minute of [0, 31, 59]) {
        const now = new Date(2026, 2, 22, hour, minute); // over the change to summer time
        const [first, ...timed] = snoozeChoices(now);
        expect(first).toEqual({ name: "reply", until: null });
        const times = timed.map((c) => c.until?.getTime() ?? 0);
        expect(new Set(times).size).toBe(times.length);
        expect(Math.min(...times)).toBeGreaterThanOrEqual(now.getTime() + 3_600_000);
        for (const c of timed) if (c.name === "monday") expect(c.until?.getDay()).toBe(1);
      }
  });

  it("are these on a Wednesday at noon", () => {
    expect(texts(new Date(2026, 2, 4, 12, 20))).toEqual({
      reply: null,
      later: "2026-03-04T15:00",
      evening: "2026-03-04T18:00",
      tomorrow: "2026-03-05T09:00",
      monday: "2026-03-09T09:00",
      week: "2026-03-11T09:00",
    });
  });

  it("offer no evening that is over, and Monday once", () => {
    expect(Object.keys(texts(new Date(2026, 2, 8, 20, 0)))).toEqual(["reply", "later", "tomorrow", "week"]);
    expect(Object.keys(texts(new Date(2026, 2, 9, 20, 0)))).toEqual(["reply", "later", "tomorrow", "monday"]);
  });

  it("go over the end of the year", () => {
    expect(texts(new Date(2026, 11, 31, 23, 10))).toMatchObject({
      later: "2027-01-01T02:00",
      tomorrow: "2027-01-01T09:00",
      monday: "2027-01-04T09:00",
      week: "2027-01-07T09:00",
    });
  });

  it("are at nine by the clock, also when it was changed in between", () => {
    const now = new Date(2026, 2, 28, 20, 0); // the night is an hour shorter
    const tomorrow = snoozeChoices(now).find((c) => c.name === "tomorrow")?.until;
    expect(tomorrow?.toISOString()).toBe("2026-03-29T07:00:00.000Z");
    expect(tomorrow && fieldText(tomorrow)).toBe("2026-03-29T09:00");
  });
});
