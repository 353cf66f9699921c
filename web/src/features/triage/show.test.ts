import { describe, expect, it } from "vitest";
import type { Conversation } from "@/api/types";
import { inOrder, matches, narrowed, paramsOf, plain, queryOf, readShow, sorts, views, windows } from "./show";

const now = Date.parse("2026-03-01T12:00:00Z");
const hours = (n: number) => new Date(now + n * 3_600_000).toISOString();
const label = "01890000-0000-7000-8000-000000000001";

function conversation(change: Partial<Conversation> = {}): Conversation {
  return {
    id: "c1",
    participant: { id: "p1", name: "Ada", username: "ada" },
    last_message: { id: "m1", kind: "text", text: "Hello", direction: "inbound", sent_at: hours(-1) },
    unread: 1,
    inbound_seq: 1,
    waiting_since: hours(-1),
    window: { state: "open", closes_at: hours(23), reason: "customer_wrote", opened_by: "message" },
    seen_until: null,
    status: "open",
    snoozed_until: null,
    assignee: null,
    starred: false,
    label_ids: [],
    ...change,
  } as Conversation;
}

describe("an address", () => {
  it("keeps everything that can be shown", () => {
    for (const view of views)
      for (const sort of sorts)
        for (const window of ["", ...windows] as const)
          for (const assignee of ["", "me", "none", label]) {
            const show = { ...plain(view), sort, window, assignee, unread: true, label };
            expect(readShow(queryOf(show))).toEqual(show);
          }
  });

  it("is plain for the inbox, and reads nonsense as if it was not there", () => {
    expect(queryOf(plain("inbox"))).toEqual({});
    const nonsense = { view: "x", sort: "'", window: "no", assignee: "all", label: "<b>", unread: "yes" };
    expect(readShow(nonsense)).toEqual(plain("inbox"));
    expect(narrowed(plain("closing"))).toBe(false);
    expect(narrowed({ ...plain("closing"), sort: "newest" })).toBe(true);
  });
});

describe("what belongs to a view", () => {
  const mine = { user_id: "u1", name: "Mika" };
  const soon = { ...conversation().window, closes_at: hours(2) };
  const cases: [string, Partial<Conversation>, string[]][] = [
    ["open and nobody's", {}, ["inbox", "unassigned"]],
    ["mine", { assignee: mine }, ["inbox", "mine"]],
    ["a colleague's", { assignee: { user_id: "u2", name: "Ana" } }, ["inbox"]],
    ["closing while the customer waits", { window: soon }, ["inbox", "unassigned", "closing"]],
    ["closing, but answered", { window: soon, waiting_since: null }, ["inbox", "unassigned"]],
    ["starred", { starred: true }, ["inbox", "unassigned", "starred"]],
    ["snoozed", { status: "snoozed", starred: true, assignee: mine }, ["snoozed"]],
    ["closed", { status: "closed", window: soon }, ["closed"]],
  ];
  it.each(cases)("%s", (_, change, expected) => {
    const c = conversation(change);
    expect(views.filter((v) => matches(c, plain(v), "u1", now))).toEqual(expected);
  });

  it("is narrowed by label, person and window", () => {
    const c = conversation({ label_ids: [label], assignee: mine });
    const inbox = plain("inbox");
    expect(matches(c, { ...inbox, label }, "u1", now)).toBe(true);
    expect(matches(conversation(), { ...inbox, label }, "u1", now)).toBe(false);
    expect(matches(c, { ...inbox, assignee: "none" }, "u1", now)).toBe(false);
    expect(matches(c, { ...inbox, assignee: "u1" }, "u9", now)).toBe(true);
    expect(matches(c, { ...inbox, window: "closed" }, "u1", now)).toBe(false);
    expect(matches(c, { ...inbox, window: "closed" }, "u1", now + 24 * 3_600_000)).toBe(true);
    const person = { ...c.window, state: "human_agent" as const };
    expect(matches(conversation({ window: person }), { ...inbox, window: "open" }, "u1", now)).toBe(false);
  });

  it("asks the API for the same", () => {
    expect(paramsOf(plain("mine"))).toEqual({ status: "open", sort: "newest", assignee: "me" });
    expect(paramsOf(plain("closing"))).toEqual({ status: "open", sort: "closing", window: "closing" });
    expect(paramsOf({ ...plain("snoozed"), unread: true })).toEqual({
      status: "snoozed",
      sort: "newest",
      unread: true,
    });
  });
});

describe("an order", () => {
  const at = (id: string, sent: number, waits: number, closes: number) =>
    conversation({
      id,
      last_message: { ...conversation().last_message, sent_at: hours(sent) } as Conversation["last_message"],
      waiting_since: hours(waits),
      window: { ...conversation().window, closes_at: hours(closes) },
    });
  const all = [at("a", -3, -1, 9), at("b", -1, -2, 8), at("c", -2, -3, 7), at("d", -2, -3, 7)];
  const sorted = (sort: (typeof sorts)[number]) => [...all].sort(inOrder(sort)).map((c) => c.id);

  it("is the server's, with the ids deciding what is equal", () => {
    expect(sorted("newest")).toEqual(["b", "d", "c", "a"]);
    expect(sorted("waiting")).toEqual(["c", "d", "b", "a"]);
    expect(sorted("closing")).toEqual(["c", "d", "b", "a"]);
  });
});
