import { expect, it } from "vitest";
import { drawn, heightOf } from "./heights";
import type { Entry } from "./groups";
import { sampleMessage } from "./sampleMessage";

const entry = (over: Parameters<typeof sampleMessage>[0], last = false): Entry => {
  const message = sampleMessage(over);
  return { kind: "message", key: message.id, message, last, seen: false };
};

it("draws what is in sight, some beyond, and the row that has to stay", () => {
  const range = { startIndex: 10, endIndex: 13, overscan: 2, count: 100 };
  expect(drawn(range, -1)).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
  expect(drawn(range, 11)).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
  expect(drawn(range, 3)).toEqual([3, 8, 9, 10, 11, 12, 13, 14, 15]);
  expect(drawn(range, 90)).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 90]);
  expect(drawn(range, 100)).toEqual(drawn(range, -1));
});

it("keeps to what there is", () => {
  expect(drawn({ startIndex: 0, endIndex: 1, overscan: 5, count: 2 }, -1)).toEqual([0, 1]);
  expect(drawn({ startIndex: 0, endIndex: 0, overscan: 5, count: 0 }, 0)).toEqual([]);
});

it("guesses more for longer texts, for lines, and for what hangs on a message", () => {
  const short = heightOf(entry({ text: "Hi" }));
  expect(heightOf(entry({ text: "x".repeat(100) }))).toBe(short + 24);
  expect(heightOf(entry({ text: "a\nb\n\nc" }))).toBe(short + 3 * 24);
  expect(heightOf(entry({ text: "Hi" }, true))).toBeGreaterThan(short);
  expect(heightOf(entry({ text: "Hi", reactions: [{ actor: "account", emoji: "❤" }] }))).toBeGreaterThan(short);
});
