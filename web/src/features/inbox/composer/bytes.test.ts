import { describe, expect, it } from "vitest";
import { countBytes, textLimit } from "./bytes";

describe("countBytes", () => {
  it.each([
    ["", 0],
    ["hello", 5],
    ["ß", 2],
    ["Привет", 12],
    ["👍", 4],
    ["👨‍👩‍👧", 18],
    ["\ud800", 3],
    ["  kept apart \n", 10],
  ])("counts %j as %d", (text, bytes) => expect(countBytes(text).bytes).toBe(bytes));

  it("shows itself from 800 bytes and stops above 1,000", () => {
    expect(countBytes("a".repeat(799)).shown).toBe(false);
    expect(countBytes("a".repeat(800))).toEqual({ bytes: 800, shown: true, over: false });
    expect(countBytes("é".repeat(textLimit / 2)).over).toBe(false);
    expect(countBytes("é".repeat(textLimit / 2) + "a")).toEqual({ bytes: 1001, shown: true, over: true });
  });
});
