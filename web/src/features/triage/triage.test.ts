import { flushPromises } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { useInbox } from "@/features/inbox/inbox";
import { useCounts } from "./counts";
import { answerByHand, conversation, type Asked } from "./forTests";
import { mostAtOnce, useTriage } from "./triage";

const ids = () => useInbox().conversations.map((c) => c.id);
const path = (a: Asked | undefined) => `${a?.config.method} ${a?.config.url?.replace("/api/v1/ui/conversations", "")}`;
const body = (a: Asked | undefined) => JSON.parse(String(a?.config.data)) as unknown;

describe("work on conversations", () => {
  let asked: Asked[];
  beforeEach(async () => {
    setActivePinia(createPinia());
    asked = answerByHand();
    const opened = useInbox().open();
    await flushPromises();
    asked.pop()?.answer({ items: [1, 2, 3].map((n) => conversation(n)), next_cursor: null });
    await opened;
  });

  afterEach(() => useCounts().reset());

  it("shows a change at once, and takes it back", async () => {
    const done = useTriage().change(["c002"], { status: "closed" });
    expect(ids()).toEqual(["c001", "c003"]);
    await flushPromises();
    expect(path(asked[0])).toBe("patch /c002");
    asked[0]?.answer(conversation(2, { status: "closed" }));
    const back = await done;
    void back();
    await flushPromises();
    const last = asked.findLast((a) => a.config.method === "patch");
    expect(body(last)).toEqual({ status: "open" });
    last?.answer(conversation(2));
    await flushPromises();
    expect(ids()).toEqual(["c001", "c002", "c003"]);
  });

  it("shows everything as before when it is refused", async () => {
    const before = useInbox().conversations;
    const done = useTriage().change(["c001", "c003"], { status: "closed", add_labels: ["gone"] });
    expect(ids()).toEqual(["c002"]);
    await flushPromises();
    expect(path(asked[0])).toBe("post /bulk");
    asked[0]?.refuse(422, "label_not_found");
    await expect(done).rejects.toThrow();
    expect(useInbox().conversations).toEqual(before);
  });

  it("picks what is listed, never more than can be changed at once", () => {
    const inbox = useInbox();
    const triage = useTriage();
    const all = Array.from({ length: mostAtOnce + 5 }, (_, n) => conversation(n));
    all.forEach(inbox.update);
    all.forEach((c) => triage.toggle(c.id));
    expect(triage.chosen).toHaveLength(mostAtOnce);
    all.slice(0, mostAtOnce).forEach((c) => inbox.update({ ...c, status: "closed" }));
    expect(triage.chosen).toEqual([]);
    triage.toggle(all[mostAtOnce + 1]?.id ?? "");
    expect(triage.chosen).toEqual([all[mostAtOnce + 1]?.id]); // what has left takes no place
  });
});
