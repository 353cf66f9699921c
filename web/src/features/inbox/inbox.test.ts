import { flushPromises } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import { answerByHand, conversation, type Asked } from "@/features/triage/forTests";
import { plain } from "@/features/triage/show";
import { useInbox } from "./inbox";

const ids = () => useInbox().conversations.map((c) => c.id);
const page = (numbers: number[], next: string | null = null) => ({
  items: numbers.map((n) => conversation(n)),
  next_cursor: next,
});

describe("the list", () => {
  let asked: Asked[];
  beforeEach(() => {
    setActivePinia(createPinia());
    asked = answerByHand();
  });

  async function answer(data: unknown) {
    await flushPromises();
    asked.shift()?.answer(data);
    await flushPromises();
  }

  async function open(numbers: number[], next: string | null = null) {
    const opened = useInbox().open();
    await answer(page(numbers, next));
    await opened;
  }

  it("lets go of what left meanwhile, and keeps what came", async () => {
    await open([1, 2, 3]);
    const read = useInbox().catchUp();
    useInbox().update(conversation(0));
    await answer(page([1, 3, 4]));
    await read;
    expect(ids()).toEqual(["c000", "c001", "c003", "c004"]);
  });

  it("believes what it heard while it read, not what it read", async () => {
    await open([1, 2, 3]);
    const read = useInbox().catchUp();
    await flushPromises();
    useInbox().update(conversation(1, { status: "closed" }));
    useInbox().update(conversation(2, { starred: true }));
    await answer(page([1, 3])); // as it was before both
    await read;
    expect(ids()).toEqual(["c002", "c003"]);
    expect(useInbox().byId.get("c002")?.starred).toBe(true);
  });

  it("reads as many pages again as were loaded", async () => {
    await open([1, 2], "p2");
    const more = useInbox().loadMore();
    await answer(page([3, 4], "p3"));
    await more;
    const read = useInbox().catchUp();
    await answer(page([1, 2], "p2"));
    await answer(page([4, 5], "p3"));
    await read;
    expect(ids()).toEqual(["c001", "c002", "c004", "c005"]);
    expect([useInbox().next, asked.length]).toEqual(["p3", 0]);
  });

  it("shows the view that was asked for last, whichever answer comes last", async () => {
    const inbox = useInbox();
    void inbox.open(plain("inbox"));
    void inbox.open(plain("closed"));
    await flushPromises();
    const [first, second] = asked;
    second?.answer({ items: [conversation(2, { status: "closed" })], next_cursor: null });
    first?.answer(page([1], "p2"));
    await flushPromises();
    expect([ids(), inbox.next, inbox.state]).toEqual([["c002"], null, "ready"]);
  });

  it("says that it failed only when it has nothing to show", async () => {
    const opened = useInbox().open();
    await flushPromises();
    asked.shift()?.refuse(500, "internal");
    await opened;
    expect(useInbox().state).toBe("failed");
    await open([1], "p2");
    const more = useInbox().loadMore();
    await flushPromises();
    asked.shift()?.refuse(500, "internal");
    await more;
    expect([useInbox().state, useInbox().busy]).toEqual(["ready", false]);
  });

  it("goes on below, else above, else nowhere", async () => {
    await open([1, 2, 3, 4]);
    const { neighbour } = useInbox();
    expect(neighbour("c002", ["c002", "c003"])).toBe("c004");
    expect(neighbour("c003", ["c003", "c004"])).toBe("c002");
    expect(neighbour("c001", ["c001", "c002", "c003", "c004"])).toBe("");
  });

  it("moves a row by the rules of its view", async () => {
    await open([1, 2, 3], "p2");
    const inbox = useInbox();
    inbox.update(conversation(2, { status: "closed" }));
    expect(ids()).toEqual(["c001", "c003"]);
    inbox.update(conversation(2));
    inbox.update(conversation(9)); // older than what is loaded: it comes with its page
    expect(ids()).toEqual(["c001", "c002", "c003"]);
    inbox.update(conversation(9, { last_message: conversation(0).last_message }));
    expect(ids()).toEqual(["c009", "c001", "c002", "c003"]);
  });

  it("keeps what was read a moment ago where unread ones are listed", async () => {
    const inbox = useInbox();
    const opened = inbox.open({ ...plain("inbox"), unread: true });
    await answer({ items: [conversation(1, { unread: 2 })], next_cursor: null });
    await opened;
    inbox.update(conversation(1));
    inbox.update(conversation(2));
    expect(ids()).toEqual(["c001"]);
  });
});
