import { describe, expect, it } from "vitest";
import { layOut } from "./groups";
import type { Aside } from "../notes";
import { sampleMessage } from "./sampleMessage";

const message = (id: string, minute: number, direction: "inbound" | "outbound" = "inbound") =>
  sampleMessage({ id, direction, sent_at: new Date(2026, 10, 20, 9, minute).toISOString() });

describe("layOut", () => {
  it("groups what one side wrote within five minutes", () => {
    const entries = layOut([message("a", 0), message("b", 2), message("c", 3, "outbound"), message("d", 30)], 0);
    const places = entries.flatMap((e) => (e.kind === "message" ? [`${e.key}${e.last ? ">" : ""}`] : [e.kind]));
    expect(places).toEqual(["day", "a", "b>", "c>", "d>"]);
  });
  it("has no heading for a day that may have begun earlier, so that what is older moves nothing", () => {
    const keys = (from: number, older: boolean) =>
      layOut([message("a", 0), message("b", 1), message("c", 2)].slice(from), 0, [], older).map((e) => e.key);
    expect(keys(1, true)).toEqual(["b", "c"]);
    expect(keys(0, false)).toEqual(["day-a", "a", "b", "c"]);
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
  it("puts notes and history between the messages, which end a group there", () => {
    const at = (minute: number) => new Date(2026, 10, 20, 9, minute).toISOString();
    const event = (id: string, minute: number) =>
      ({ kind: "event", id, at: at(minute), event: { id, kind: "closed" } }) as unknown as Aside;
    const messages = [message("a", 0), message("b", 2), message("c", 3)];
    const entries = layOut(messages, 1, [event("x", 2), event("y", 2.5), event("z", 60 * 24)]);
    const places = entries.map((e) => (e.kind === "message" ? `${e.key}${e.last ? ">" : ""}` : e.key));
    expect(places).toEqual(["day-a", "a", "b>", "x", "y", "new", "c>", "day-z", "z"]);
    expect(layOut([], 0, [event("x", 0)]).map((e) => e.key)).toEqual(["day-x", "x"]);
  });
  it("knows a reply by the id that this page gave it", () => {
    const reply = sampleMessage({ id: "m9", client_id: "c9", direction: "outbound" });
    expect(layOut([reply], 0).map((e) => e.key)).toContain("c9");
  });
});
