import { describe, expect, it } from "vitest";
import type { ConversationChange } from "@/api/types";
import { changed, grouped, inverse } from "./change";
import { conversation } from "./forTests";

const now = Date.parse("2026-03-01T12:00:00Z");
const soon = "2026-03-01T15:00:00Z";
const over = "2026-03-01T11:00:00Z";
const ada = { user_id: "u1", name: "Ada" };

describe("a change, before the server has answered", () => {
  const was = conversation(1, { label_ids: ["a"], unread: 3, assignee: ada, starred: true });

  it("leaves what it does not name", () => {
    expect(changed(was, { starred: false }, null)).toEqual({ ...was, starred: false });
  });

  it("sets the end of a snooze, and clears it with every other status", () => {
    const asleep = changed(was, { status: "snoozed", snoozed_until: soon }, null);
    expect(asleep).toMatchObject({ status: "snoozed", snoozed_until: soon });
    expect(changed(asleep, { status: "snoozed" }, null).snoozed_until).toBeNull();
    expect(changed(asleep, { status: "open" }, null)).toMatchObject({ status: "open", snoozed_until: null });
  });

  it("gives it to somebody, or to nobody", () => {
    expect(changed({ ...was, assignee: null }, { assignee_id: "u1" }, ada).assignee).toEqual(ada);
    expect(changed(was, { assignee_id: "" }, null).assignee).toBeNull();
  });

  it("puts each label on once and takes labels off", () => {
    expect(changed(was, { add_labels: ["a", "b"] }, null).label_ids).toEqual(["a", "b"]);
    expect(changed(was, { remove_labels: ["a"] }, null).label_ids).toEqual([]);
  });

  it("marks as unread without losing how much there was", () => {
    expect(changed(was, { unread: true }, null).unread).toBe(3);
    expect(changed({ ...was, unread: 0 }, { unread: true }, null).unread).toBe(1);
    expect(changed(was, { unread: false }, null).unread).toBe(0);
  });
});

describe("the way back", () => {
  const changes: ConversationChange[] = [
    { status: "closed" },
    { status: "snoozed" },
    { status: "snoozed", snoozed_until: soon },
    { assignee_id: "u2" },
    { assignee_id: "" },
    { starred: true },
    { unread: true },
    { unread: false },
    { add_labels: ["a", "b"] },
    { remove_labels: ["a", "c"] },
  ];

  it("leads from every change to what was", () => {
    const all = [
      conversation(1),
      conversation(2, { status: "closed", label_ids: ["a"] }),
      conversation(3, { status: "snoozed", snoozed_until: soon, assignee: ada, label_ids: ["b", "c"] }),
      conversation(4, { status: "snoozed", starred: true, unread: 1 }),
    ];
    for (const was of all)
      for (const change of changes) {
        const after = changed(was, change, change.assignee_id ? { user_id: "u2", name: "Noor" } : null);
        const back = inverse(was, change, now);
        const again = back ? changed(after, back, back.assignee_id ? ada : null) : after;
        const sorted = (ids: readonly string[] | null | undefined) => [...(ids ?? [])].sort();
        expect({ ...again, label_ids: sorted(again.label_ids) }).toEqual({ ...was, label_ids: sorted(was.label_ids) });
      }
  });

  it("is none when a change did nothing", () => {
    expect(inverse(conversation(1, { label_ids: ["a"] }), { add_labels: ["a"] }, now)).toBeNull();
    expect(inverse(conversation(1, { unread: 2 }), { unread: true }, now)).toBeNull();
  });

  it("opens what was snoozed until a time that has come", () => {
    const was = conversation(1, { status: "snoozed", snoozed_until: over });
    expect(inverse(was, { status: "closed" }, now)).toEqual({ status: "open" });
  });
});

it("groups what needs the same change", () => {
  const groups = grouped(
    new Map<string, ConversationChange>([
      ["c1", { status: "open" }],
      ["c2", { status: "closed" }],
      ["c3", { status: "open" }],
    ]),
  );
  expect(groups).toEqual([
    { ids: ["c1", "c3"], change: { status: "open" } },
    { ids: ["c2"], change: { status: "closed" } },
  ]);
});
