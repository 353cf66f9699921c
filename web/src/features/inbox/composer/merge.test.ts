import { describe, expect, it } from "vitest";
import { sampleMessage } from "../message/sampleMessage";
import { withOutgoing } from "./merge";
import type { Outgoing } from "./outgoing";

const reply = (clientId: string, over: Partial<Outgoing> = {}): Outgoing => ({
  clientId,
  conversationId: "c1",
  text: clientId,
  file: null,
  humanAgent: false,
  at: "2026-11-20T09:01:00Z",
  phase: "waiting",
  failure: "",
  ...over,
});

describe("withOutgoing", () => {
  it("puts replies behind the thread, in the order in which they were written", () => {
    const shown = withOutgoing([sampleMessage()], [reply("one", { phase: "posting" }), reply("two")]);
    expect(shown.map((m) => [m.text, m.state])).toEqual([
      ["Is the walnut one still available?", "received"],
      ["one", "sending"],
      ["two", "queued"],
    ]);
  });
  it("shows a reply once when the server has it by now", () => {
    const there = sampleMessage({ id: "m2", client_id: "one", direction: "outbound", state: "sent" });
    expect(withOutgoing([there], [reply("one", { phase: "stuck" })])).toEqual([there]);
  });
  it("says why a reply went nowhere", () => {
    const [shown] = withOutgoing([], [reply("one", { phase: "refused", failure: "window_closed" })]);
    expect(shown).toMatchObject({ state: "failed", fault: "window_closed", direction: "outbound" });
  });
  it("shows a file from its preview", () => {
    const file = { uploadId: "u1", kind: "image", name: "board.png", preview: "blob:1" };
    const [shown] = withOutgoing([], [reply("one", { text: null, file })]);
    expect(shown).toMatchObject({ kind: "attachment", attachments: [{ type: "image", media_url: "blob:1" }] });
  });
});
