import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { effectScope } from "vue";
import { sampleMessage } from "./message/sampleMessage";
import { useArrivals } from "./useArrivals";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("says a burst once, the same words again, and nothing of a thread that was left", () => {
  const scope = effectScope();
  const arrivals = scope.run(() => useArrivals((came) => `${came.length} came`));
  if (!arrivals) throw new Error("no scope");
  const { spoken, tell, forget } = arrivals;
  tell([sampleMessage()]);
  tell([sampleMessage(), sampleMessage()]);
  expect(spoken.value).toBe("");
  vi.advanceTimersByTime(1000);
  expect(spoken.value).toBe("3 came");
  tell([]);
  expect(spoken.value).toBe("3 came");
  tell([sampleMessage(), sampleMessage(), sampleMessage()]);
  expect(spoken.value).toBe("");
  vi.advanceTimersByTime(1000);
  expect(spoken.value).toBe("3 came");
  tell([sampleMessage()]);
  forget();
  vi.advanceTimersByTime(1000);
  expect(spoken.value).toBe("");
  scope.stop();
});
