import { flushPromises } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { useCounts } from "./counts";
import { answerByHand, type Asked } from "./forTests";

const views = (inbox: number) => ({ inbox, unread: 0, mine: 0, closing_soon: 4, stop: 1000 });

describe("the counts", () => {
  let asked: Asked[];
  beforeEach(() => {
    setActivePinia(createPinia());
    vi.useFakeTimers();
    asked = answerByHand();
  });
  afterEach(() => void vi.useRealTimers());

  it("are asked for at once, and once more for a burst of news", async () => {
    const counts = useCounts();
    counts.load();
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toHaveLength(1);
    for (let i = 0; i < 50; i++) counts.load();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toHaveLength(2);
  });

  it("are the newest, in whatever order answers come", async () => {
    const counts = useCounts();
    counts.load();
    await vi.advanceTimersByTimeAsync(1);
    counts.load();
    await vi.advanceTimersByTimeAsync(1_000);
    asked[1]?.answer(views(2));
    asked[0]?.answer(views(1));
    await flushPromises();
    expect(counts.numberOf("inbox")).toBe(2);
  });

  it("drop the answer that belongs to another account", async () => {
    const counts = useCounts();
    counts.load();
    await vi.advanceTimersByTimeAsync(1);
    counts.reset();
    asked[0]?.answer(views(7));
    await flushPromises();
    expect(counts.views).toBeNull();
    counts.load();
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toHaveLength(2); // the new account does not wait for the old one
  });

  it("are shown as nothing, a number, or more than that", () => {
    const counts = useCounts();
    counts.views = { ...views(1000), unread: 3 } as never;
    expect((["mine", "unread", "closing", "inbox"] as const).map(counts.textOf)).toEqual(["", "3", "4", "999+"]);
  });
});
