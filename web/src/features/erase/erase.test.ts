import { describe, expect, it } from "vitest";
import { removedRows } from "./erase";

describe("removedRows", () => {
  it("lists what was removed, most first, without the schema's name", () => {
    const removed = { "tenant.messages": 12, conversations: 1, "tenant.reads": 0, participants: 1 };
    expect(removedRows({ id: "1", erased_at: "2026-11-20T12:00:00Z", removed })).toEqual([
      { table: "messages", count: 12 },
      { table: "conversations", count: 1 },
      { table: "participants", count: 1 },
    ]);
  });
});
