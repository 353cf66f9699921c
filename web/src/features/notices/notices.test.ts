import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick } from "vue";
import type { Conversation } from "@/api/types";
import { isQuiet, keepChoices, minutesOf, readChoices, timeText } from "./choices";
import { standFor } from "./lead";
import { isNews, useNotices } from "./notices";

const at = (hour: number, minute = 0) => new Date(2026, 2, 1, hour, minute);
const off = { sound: false, desktop: false, text: false, quiet: false, from: 0, to: 0 };
const notice = { id: "c1", title: "Ada", body: "New message", open: vi.fn() };

const conversation = (change: Partial<Conversation>): Conversation =>
  ({
    id: "c1",
    status: "open",
    unread: 1,
    inbound_seq: 5,
    last_message: { id: "m", kind: "text", text: "Hi", direction: "inbound", sent_at: "2026-03-01T12:00:00Z" },
    ...change,
  }) as Conversation;

/** What the browser was asked to show; as a class, for it is made with new. */
const shown: { title: string; tag?: string; onclick?: () => void }[] = [];
class FakeNotification {
  static permission = "granted";
  static requestPermission = () => Promise.resolve("granted");
  onclick?: () => void;
  constructor(
    readonly title: string,
    readonly options: { tag?: string },
  ) {
    shown.push(this);
  }
  close() {}
}

describe("quiet hours", () => {
  it("may lie over midnight, begin at the minute and end before it", () => {
    const night = { ...off, quiet: true, from: 20 * 60, to: 8 * 60 };
    expect([at(19, 59), at(20), at(3), at(7, 59), at(8)].map((d) => isQuiet(night, d))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
    const noon = { ...off, quiet: true, from: 12 * 60, to: 13 * 60 };
    expect([at(11, 59), at(12), at(13)].map((d) => isQuiet(noon, d))).toEqual([false, true, false]);
    expect(isQuiet({ ...noon, quiet: false }, at(12))).toBe(false);
  });

  it("are written as fields for times write them", () => {
    expect(timeText(9 * 60 + 5)).toBe("09:05");
    expect(["09:05", "23:59", "24:00", "9:5", ""].map(minutesOf)).toEqual([545, 1439, null, null, null]);
  });
});

describe("what was chosen", () => {
  beforeEach(() => localStorage.clear());

  it("is off until somebody says so, also when what is kept is broken", () => {
    const plain = { sound: false, desktop: false, text: false, quiet: false };
    expect(readChoices()).toMatchObject(plain);
    for (const broken of ["", "null", "[]", '"x"', '{"sound":1,"from":99999,"quiet":"yes"}', "{"]) {
      localStorage.setItem("notices", broken);
      expect(readChoices()).toMatchObject(plain);
      expect(readChoices().from).toBe(20 * 60);
    }
  });

  it("is kept", () => {
    const chosen = { ...off, sound: true, quiet: true, from: 60, to: 120 };
    keepChoices(chosen);
    expect(readChoices()).toEqual(chosen);
  });
});

describe("a new message", () => {
  it("is news when it is newer, unread and not in front", () => {
    const before = conversation({ inbound_seq: 4 });
    expect(isNews(before, conversation({}), "")).toBe(true);
    expect(isNews(undefined, conversation({}), "")).toBe(true);
    expect(isNews(before, conversation({}), "c1")).toBe(false);
    expect(isNews(conversation({}), conversation({}), "")).toBe(false); // a label, a star
    expect(isNews(before, conversation({ unread: 0 }), "")).toBe(false);
    expect(isNews(before, conversation({ status: "closed" }), "")).toBe(false);
    const ours = { ...conversation({}).last_message, direction: "outbound" } as Conversation["last_message"];
    expect(isNews(before, conversation({ last_message: ours }), "")).toBe(false);
  });
});

describe("a notice", () => {
  let leave: () => void;
  beforeEach(() => {
    localStorage.clear();
    shown.length = 0;
    vi.stubGlobal("Notification", FakeNotification);
    setActivePinia(createPinia());
    leave = standFor("a1");
  });
  afterEach(() => {
    leave();
    vi.unstubAllGlobals();
  });

  it("is shown to whoever wants it, by the tab that speaks for the account", async () => {
    const notices = useNotices();
    notices.tell("a1", notice);
    expect(shown).toHaveLength(0); // nobody asked for it
    notices.choices.desktop = true;
    await nextTick();
    notices.tell("a2", notice); // another account
    expect(shown).toHaveLength(0);
    notices.tell("a1", notice);
    expect(shown.map((n) => n.title)).toEqual(["Ada"]);
    shown[0]?.onclick?.();
    expect(notice.open).toHaveBeenCalledOnce();
  });

  it("is left to the worker where that shows one", () => {
    const notices = useNotices();
    notices.choices.desktop = true;
    notices.tell("a1", { ...notice, pushed: true });
    expect(shown).toHaveLength(0);
    notices.tell("a1", notice);
    expect(shown).toHaveLength(1);
  });

  it("keeps quiet in quiet hours, and without leave", () => {
    const notices = useNotices();
    Object.assign(notices.choices, { desktop: true, quiet: true, from: 0, to: 0 });
    notices.tell("a1", notice, at(12));
    notices.choices.quiet = false;
    notices.permission = "denied";
    notices.tell("a1", notice, at(12));
    expect(shown).toHaveLength(0);
  });
});
