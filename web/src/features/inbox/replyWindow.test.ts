import { describe, expect, it } from "vitest";
import type { ReplyWindow } from "@/api/types";
import { windowLabel, windowReason, windowWarning } from "./replyWindow";

const now = Date.parse("2026-11-20T12:00:00Z");
const minutes = (n: number) => n * 60_000;
const reply = (over: Partial<ReplyWindow>): ReplyWindow => ({
  state: "open",
  closes_at: new Date(now + minutes(600)).toISOString(),
  reason: "customer_wrote",
  opened_by: "message",
  ...over,
});
const closing = (ms: number) => reply({ closes_at: new Date(now + ms).toISOString() });

describe("windowLabel", () => {
  it("counts down and warns below three hours", () => {
    expect(windowLabel(closing(minutes(720)), now)).toEqual({ state: "open", time: "12h", share: 0.5, soon: false });
    expect(windowLabel(closing(minutes(132)), now)).toMatchObject({ time: "2h 12m", soon: true });
  });
  it("measures a person's window by its six days", () => {
    const person = { ...closing(minutes(3 * 24 * 60)), state: "human_agent" as const };
    expect(windowLabel(person, now)).toEqual({ state: "human_agent", time: "3d", share: 0.5, soon: false });
  });
  it("is closed when its time is over, whatever the server said then", () => {
    expect(windowLabel(closing(0), now).state).toBe("closed");
    expect(windowLabel(reply({ state: "closed", closes_at: null }), now).state).toBe("closed");
    expect(windowLabel(reply({ closes_at: "not a time" }), now).state).toBe("closed");
  });
});

describe("windowReason", () => {
  it.each<[string, Partial<ReplyWindow>]>([
    ["opened.message", {}],
    ["opened.message", { opened_by: null }],
    ["opened.message", { opened_by: "a later way" as never }],
    ["opened.story_mention", { opened_by: "story_mention" }],
    ["opened.postback", { opened_by: "postback", reason: "customer_tapped" }],
    ["human_agent", { state: "human_agent", reason: "human_agent_possible" }],
    ["closed.expired", { state: "closed", closes_at: null, reason: "expired" }],
    ["closed.expired", { closes_at: new Date(now).toISOString() }],
    ["closed.never_wrote", { state: "closed", closes_at: null, reason: "never_wrote" }],
  ])("is %s for %o", (key, over) => expect(windowReason(reply(over), now)).toBe(key));
});

describe("windowWarning", () => {
  it.each([
    [61, ""],
    [60, "hour"],
    [11, "hour"],
    [10, "minutes"],
    [0, "closed"],
  ])("with %d minutes left is %j", (left, warning) => expect(windowWarning(closing(minutes(left)), now)).toBe(warning));
});
