import { describe, expect, it } from "vitest";
import { layOut } from "./groups";
import { sampleMessage } from "./sampleMessage";

const message = (id: string, minute: number, direction: "inbound" | "outbound" = "inbound") =>
  sampleMessage({ id, direction, sent_at: new Date(2026, 10, 20, 9, minute).toISOString() });

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
  it("says seen at the newest message that was, and only there", () => {
    const seen = (id: string, minute: number) => ({ ...message(id, minute, "outbound"), seen: true });
    const entries = layOut([seen("a", 0), seen("b", 1), message("c", 2, "outbound"), message("d", 3)], 0);
    expect(entries.flatMap((e) => (e.kind === "message" && e.seen ? [e.key] : []))).toEqual(["b"]);
  });
  it("knows a reply by the id that this page gave it", () => {
    const reply = sampleMessage({ id: "m9", client_id: "c9", direction: "outbound" });
    expect(layOut([reply], 0).map((e) => e.key)).toContain("c9");
  });
});
