import { describe, expect, it } from "vitest";
import { hueOf, initialsOf } from "./initials";

describe("initialsOf", () => {
  it.each([
    ["Amara Okafor", "AO"],
    ["amara.bakes", "AB"],
    ["@velo_werk", "VW"],
    ["Lucía", "L"],
    ["Ana María de la Cruz", "AC"],
    ["田中 芽衣", "田芽"],
    ["🙏", "?"],
    ["", "?"],
  ])("%s is %s", (name, initials) => expect(initialsOf(name)).toBe(initials));
});

describe("hueOf", () => {
  it("stays the same and within the circle", () => {
    for (const name of ["a", "b", "Amara Okafor", ""]) {
      expect(hueOf(name)).toBe(hueOf(name));
      expect(hueOf(name)).toBeGreaterThanOrEqual(0);
      expect(hueOf(name)).toBeLessThan(360);
    }
  });
});
