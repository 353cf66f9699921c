import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { useUndo } from "./undo";

describe("what was done last", () => {
  beforeEach(() => {
    setActivePinia(createPinia());
    vi.useFakeTimers();
  });
  afterEach(() => void vi.useRealTimers());

  it("is taken back once", async () => {
    const back = vi.fn(() => Promise.resolve());
    const undo = useUndo();
    undo.tell({ text: "Closed", undo: back });
    await Promise.all([undo.undo(), undo.undo()]);
    expect(back).toHaveBeenCalledOnce();
    expect(undo.last).toBeNull();
  });

  it("cannot be taken back when its time is over, or when something else was done", async () => {
    const first = vi.fn(() => Promise.resolve());
    const second = vi.fn(() => Promise.resolve());
    const undo = useUndo();
    undo.tell({ text: "Closed", undo: first });
    vi.advanceTimersByTime(4_000);
    undo.tell({ text: "Starred", undo: second });
    vi.advanceTimersByTime(4_000);
    expect(undo.last?.text).toBe("Starred");
    vi.advanceTimersByTime(4_000);
    await undo.undo();
    expect([first, second].map((f) => f.mock.calls.length)).toEqual([0, 0]);
  });

  it("stays while somebody points at it", () => {
    const undo = useUndo();
    undo.tell({ text: "Closed" });
    undo.hold();
    vi.advanceTimersByTime(60_000);
    expect(undo.last).not.toBeNull();
    undo.wait();
    vi.advanceTimersByTime(6_000);
    expect(undo.last).toBeNull();
  });
});
