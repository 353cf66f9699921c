import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { api } from "@/api/client";
import { useSearch } from "./search";

const message = (id: string) => ({ message_id: id, snippet: [] });
const page = (items: string[], next: string | null = null, complete = true) => ({
  data: { people: [], items: items.map(message), next_cursor: next, complete },
});

describe("searching", () => {
  const get = vi.spyOn(api, "get");
  beforeEach(() => {
    setActivePinia(createPinia());
    get.mockReset();
  });
  const ids = () => useSearch().messages.map((m) => m.message_id);

  it("shows the answer to the newest question, whichever comes last", async () => {
    let late: (answer: unknown) => void = () => undefined;
    get.mockReturnValueOnce(new Promise((resolve) => (late = resolve)));
    get.mockResolvedValueOnce(page(["new"]));
    const first = useSearch().find("bow");
    await useSearch().find("bowl");
    late(page(["old"]));
    await first;
    expect(ids()).toEqual(["new"]);
    expect(get.mock.calls[0]?.[1]?.signal?.aborted).toBe(true);
  });

  it("asks nothing where there is no word, and forgets what was found", async () => {
    get.mockResolvedValueOnce(page(["a"]));
    await useSearch().find("bowl");
    await useSearch().find(" …");
    expect(get).toHaveBeenCalledTimes(1);
    expect([ids(), useSearch().state]).toEqual([[], "idle"]);
  });

  it("adds pages, tells failures, and finds signs", async () => {
    get.mockResolvedValueOnce(page(["a"], "behind a"));
    await useSearch().find("👍");
    get.mockResolvedValueOnce(page(["b"]));
    await useSearch().more();
    expect(get.mock.calls[1]?.[1]?.params).toEqual({ q: "👍", cursor: "behind a" });
    expect([ids(), useSearch().next]).toEqual([["a", "b"], null]);
    get.mockRejectedValueOnce(new Error("away"));
    await useSearch().find("bowl");
    expect(useSearch().state).toBe("failed");
  });
});
