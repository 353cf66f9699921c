import { describe, expect, it } from "vitest";
import type { Message } from "@/api/types";
import { layOut } from "./groups";

const message = (id: string, minute: number, direction: "inbound" | "outbound" = "inbound"): Message => ({
  id,
  mid: id,
  client_id: null,
  direction,
  kind: "text",
  text: id,
  state: "received",
  sent_at: new Date(2026, 10, 20, 9, minute).toISOString(),
  attachments: [],
});

describe("layOut", () => {
  it("groups what one side wrote within five minutes", () => {
    const entries = layOut([message("a", 0), message("b", 2), message("c", 3, "outbound"), message("d", 30)], 0);
    const places = entries.flatMap((e) =>
      e.kind === "message" ? [`${e.key}${e.first ? "<" : ""}${e.last ? ">" : ""}`] : [e.kind],
    );
    expect(places).toEqual(["day", "a<", "b>", "c<>", "d<>"]);
  });
  it("puts the divider before the last unread inbound messages", () => {
    const entries = layOut([message("a", 0), message("b", 1), message("c", 2, "outbound"), message("d", 3)], 2);
    expect(entries.map((e) => e.key)).toEqual(["day-a", "a", "new", "b", "c", "d"]);
  });
  it("has no divider when more is unread than is loaded, nor when nothing is", () => {
    expect(layOut([message("a", 0)], 3).some((e) => e.kind === "new")).toBe(false);
    expect(layOut([message("a", 0)], 0).some((e) => e.kind === "new")).toBe(false);
    expect(layOut([], 2)).toEqual([]);
  });
});
