import { flushPromises, mount, RouterLinkStub } from "@vue/test-utils";
import type { AxiosResponse } from "axios";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { api } from "@/api/client";
import type { Conversation, Message, ReplyWindow } from "@/api/types";
import { useThread } from "@/features/inbox/thread";
import { i18n } from "@/i18n";
import { useSession } from "@/stores/session";
import { useAttached } from "./attached";
import ComposerArea from "./ComposerArea.vue";
import { useDrafts } from "./drafts";
import { useMode } from "./mode";
import { useOutgoing } from "./outgoing";

const conversation = (window: Partial<ReplyWindow> = {}, id = "c1"): Conversation => ({
  id,
  inbound_seq: 1,
  seen_until: null,
  status: "open",
  snoozed_until: null,
  assignee: null,
  starred: false,
  label_ids: [],
  last_message: null,
  participant: { id: "p1", name: "Amara", username: "amara.bakes" },
  unread: 0,
  waiting_since: null,
  window: {
    state: "open",
    closes_at: new Date(Date.now() + 3_600_000).toISOString(),
    reason: "customer_wrote",
    opened_by: "message",
    ...window,
  },
});
const closed = { state: "closed" as const, closes_at: null, reason: "expired" as const };

function open(shown = conversation()) {
  const area = mount(ComposerArea, {
    props: { conversation: shown, name: "Amara" },
    global: { plugins: [i18n], stubs: { RouterLink: RouterLinkStub } },
    attachTo: document.body,
  });
  return { area, field: () => area.get("textarea"), send: () => area.get('button[aria-label="Send"]') };
}
const queued = () => useOutgoing().items.map((o) => o.text);

describe("the composer", () => {
  beforeEach(() => {
    localStorage.clear();
    setActivePinia(createPinia());
    api.defaults.adapter = () => new Promise(() => undefined);
    const session = useSession();
    session.role = "owner";
    session.permissions = ["conversations:read", "messages:send", "connection:manage"];
    session.account = { account_id: "a1", username: "shop", name: "Shop", profile_picture_url: null, status: "active" };
    useDrafts().open("a1", "u1", false);
    useOutgoing().open("a1");
  });

  it("sends by Enter, once, and empties the field", async () => {
    const { field } = open();
    await field().setValue("  Hello  ");
    await field().trigger("keydown", { key: "Enter" });
    await field().trigger("keydown", { key: "Enter" });
    expect(queued()).toEqual(["Hello"]);
    expect(field().element.value).toBe("");
  });

  it("does not send by Shift+Enter, nor by the Enter of an input method", async () => {
    const { field } = open();
    await field().setValue("にほん");
    await field().trigger("keydown", { key: "Enter", shiftKey: true });
    await field().trigger("keydown", { key: "Enter", isComposing: true });
    expect(queued()).toEqual([]);
  });

  it("counts bytes and sends no text that is too long", async () => {
    const { area, field, send } = open();
    await field().setValue("é".repeat(502));
    expect(area.text()).toContain("1,004 of 1,000 bytes");
    expect(send().attributes("disabled")).toBeDefined();
    await field().trigger("keydown", { key: "Enter" });
    expect(queued()).toEqual([]);
  });

  it("keeps what was begun, for each conversation", async () => {
    const { area, field } = open();
    await field().setValue("for Amara");
    await area.setProps({ conversation: conversation({}, "c2") });
    expect(field().element.value).toBe("");
    await area.setProps({ conversation: conversation() });
    expect(field().element.value).toBe("for Amara");
  });

  it("wants a person's word when only a person may answer, for each conversation anew", async () => {
    const person = { state: "human_agent" as const, reason: "human_agent_possible" as const };
    const { area, field, send } = open(conversation(person));
    await field().setValue("Sorry for the wait");
    expect(send().attributes("disabled")).toBeDefined();
    await area.get('input[type="checkbox"]').setValue(true);
    await field().trigger("keydown", { key: "Enter" });
    expect(useOutgoing().items).toMatchObject([{ text: "Sorry for the wait", humanAgent: true }]);
    await area.setProps({ conversation: conversation(person, "c2") });
    expect(area.get<HTMLInputElement>('input[type="checkbox"]').element.checked).toBe(false);
  });

  it("says why nothing can be written, keeps the draft, and opens when the customer writes", async () => {
    useDrafts().write("c1", "begun");
    const { area, field } = open(conversation(closed));
    expect(area.find("textarea").exists()).toBe(false);
    expect(area.text()).toContain("The time to reply is over");
    expect(area.text()).toContain("Your draft is kept: begun");
    await area.setProps({ conversation: conversation() });
    expect(field().element.value).toBe("begun");
  });

  it("closes by the clock, without a word from the server", async () => {
    vi.useFakeTimers();
    const { area } = open(conversation({ closes_at: new Date(Date.now() + 2_500).toISOString() }));
    expect(area.find("textarea").exists()).toBe(true);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(area.text()).toContain("The time to reply is over");
    vi.useRealTimers();
  });

  it("leads to the connection when there is none, and tells readers that they only read", async () => {
    const session = useSession();
    if (session.account) session.account.status = "needs_reconnect";
    const { area } = open();
    expect(area.getComponent(RouterLinkStub).props("to")).toMatchObject({ name: "connection" });
    session.permissions = ["conversations:read"];
    await area.vm.$nextTick();
    expect(area.text()).toContain("You can read, not reply");
  });

  it("refuses a file before it is uploaded", async () => {
    const { area, send } = open();
    const picker = area.get<HTMLInputElement>('input[type="file"]');
    const file = new File(["x"], "notes.txt", { type: "text/plain" });
    Object.defineProperty(picker.element, "files", { value: [file] });
    await picker.trigger("change");
    expect(area.get('[role="alert"]').text()).toContain("does not take this kind of file");
    expect(send().attributes("disabled")).toBeDefined();
  });

  it("writes a note when the window is closed, says at every turn that it is one, and keeps its draft apart", async () => {
    useSession().permissions.push("notes:write");
    const posted: unknown[] = [];
    api.defaults.adapter = (config) => {
      posted.push([config.url, (JSON.parse(String(config.data)) as { text: string }).text]);
      const data = { id: "n1", text: "VIP", created_at: new Date().toISOString(), removable: true };
      return Promise.resolve({ status: 201, data, statusText: "", headers: {}, config } as AxiosResponse);
    };
    useDrafts().write("c1", "a reply");
    const { area, field } = open(conversation(closed));
    expect(area.text()).toContain("The time to reply is over");
    const [reply, note] = area.findAll("button[aria-pressed]");
    await note?.trigger("click");
    expect(field().attributes("placeholder")).toContain("The customer never sees it");
    expect(area.text()).toContain("Only your team sees this");
    expect([reply?.attributes("aria-pressed"), note?.attributes("aria-pressed")]).toEqual(["false", "true"]);
    await field().setValue(" VIP ");
    await field().trigger("keydown", { key: "Enter", isComposing: true });
    expect(posted).toEqual([]);
    await field().trigger("keydown", { key: "Enter" });
    await flushPromises();
    expect(posted).toEqual([["/api/v1/ui/conversations/c1/notes", "VIP"]]);
    expect(field().element.value).toBe("");
    expect([useDrafts().textOf("c1"), queued()]).toEqual(["a reply", []]);
    await area.setProps({ conversation: conversation({}, "c2") });
    expect(field().attributes("aria-label")).toBe("Reply to Amara");
  });

  it("keeps a note that could not be saved, and tries it again as the same one", async () => {
    useSession().permissions.push("notes:write");
    const ids: string[] = [];
    api.defaults.adapter = (config) => {
      ids.push((JSON.parse(String(config.data)) as { client_id: string }).client_id);
      return Promise.reject(new Error("cut"));
    };
    const { area, field } = open();
    await useMode().write("note");
    await field().setValue("VIP");
    for (let n = 0; n < 2; n++) {
      await field().trigger("keydown", { key: "Enter" });
      await flushPromises();
    }
    expect(field().element.value).toBe("VIP");
    expect(area.find('[role="alert"]').exists()).toBe(true);
    expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
    await field().setValue("é".repeat(2001));
    await field().trigger("keydown", { key: "Enter" });
    expect(ids).toHaveLength(2);
  });

  it("offers no note to whoever may write none", () => {
    expect(open().area.find("button[aria-pressed]").exists()).toBe(false);
  });

  it("takes a file that is pasted, and leaves pasted words to the field", async () => {
    const { field } = open();
    const paste = (files: File[]) => {
      const event = new Event("paste", { bubbles: true, cancelable: true });
      Object.assign(event, { clipboardData: { files } });
      field().element.dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(paste([])).toBe(false);
    expect(paste([new File(["x"], "bowl.png", { type: "image/png" })])).toBe(true);
    await flushPromises();
    expect(useAttached().byConversation.get("c1")?.file.name).toBe("bowl.png");
  });

  it("asks before a second answer goes out", async () => {
    const thread = useThread();
    thread.id = "c1";
    thread.state = "ready";
    const { area, field, send } = open();
    await field().setValue("Mine");
    thread.put("c1", {
      id: "m1",
      direction: "outbound",
      client_id: "hers",
      text: "Hers",
      sent_at: "2026-11-24",
    } as Message);
    await send().trigger("submit");
    await vi.waitFor(() => expect(area.get('[role="alert"]').text()).toContain("Hers"));
    expect(queued()).toEqual([]);
    await send().trigger("submit"); // is no answer
    expect(queued()).toEqual([]);
    const anyway = area.findAll('[role="alert"] button').find((b) => b.text() === "Send anyway");
    await anyway?.trigger("click");
    expect(queued()).toEqual(["Mine"]);
  });
});
