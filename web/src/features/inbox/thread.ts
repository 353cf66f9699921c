import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { api } from "@/api/client";
import { failureOf } from "@/api/problem";
import type { Message, Page } from "@/api/types";

const pageSize = 50;
const renewEvery = 30_000;

/** The thread that is open: its messages, oldest first. */
export const useThread = defineStore("thread", () => {
  const id = ref("");
  const byId = ref(new Map<string, Message>());
  const next = ref<string | null>(null);
  const state = ref<"loading" | "ready" | "failed" | "missing">("loading");
  const busy = ref(false);
  const wanted = ref(""); // the message to be brought into sight
  const messages = computed(() => [...byId.value.values()].sort(oldestFirst));

  const fetchPage = (conversation: string, cursor?: string) =>
    api.get<Page<Message>>(`/api/v1/ui/conversations/${encodeURIComponent(conversation)}/messages`, {
      params: { limit: pageSize, ...(cursor && { cursor }) },
    });

  /** Shows another conversation from its newest messages. */
  async function open(conversation: string): Promise<void> {
    id.value = conversation;
    byId.value = new Map();
    next.value = null;
    state.value = "loading";
    try {
      const { data } = await fetchPage(conversation);
      if (id.value !== conversation) return; // another one was opened meanwhile
      data.items.forEach((m) => byId.value.set(m.id, m));
      next.value = data.next_cursor;
      state.value = "ready";
    } catch (error) {
      if (id.value === conversation) state.value = [404, 422].includes(failureOf(error).status) ? "missing" : "failed";
    }
  }

  /** Forgets the thread. */
  function close(): void {
    id.value = "";
    byId.value = new Map();
    wanted.value = "";
  }

  /** Brings a message into sight: at once when it is loaded, else when it comes, also by a thread that is opened for it. */
  function show(message: string): void {
    wanted.value = message;
  }

  /** Re-reads the newest messages. What came in a gap longer than a page is found by starting over. */
  async function refresh(): Promise<void> {
    const conversation = id.value;
    if (!conversation) return;
    if (state.value !== "ready") return open(conversation);
    const { data } = await fetchPage(conversation);
    if (id.value !== conversation) return;
    const overlaps = data.items.length < pageSize || data.items.some((m) => byId.value.has(m.id));
    if (!overlaps) {
      byId.value = new Map();
      next.value = data.next_cursor;
    }
    data.items.forEach((m) => byId.value.set(m.id, m));
  }

  let renewed = 0;

  /** Gets new addresses for pictures whose old ones do not work any more; many pictures ask at once. */
  function renewMedia(now = Date.now()): void {
    if (now - renewed < renewEvery) return;
    renewed = now;
    refresh().catch(() => undefined);
  }

  /** Loads the messages before the oldest one. */
  async function loadOlder(): Promise<void> {
    if (busy.value || !next.value) return;
    const conversation = id.value;
    busy.value = true;
    try {
      const { data } = await fetchPage(conversation, next.value);
      if (id.value !== conversation) return;
      data.items.forEach((m) => byId.value.set(m.id, m));
      next.value = data.next_cursor;
    } finally {
      busy.value = false;
    }
  }

  /** Goes on loading until the message that is wanted is there; one that the thread does not have is wanted no longer. */
  async function reach(): Promise<void> {
    if (state.value !== "ready" || busy.value || byId.value.has(wanted.value)) return;
    if (next.value) return loadOlder();
    wanted.value = "";
  }

  /** Shows a message as it is now, when its thread is the open one. */
  function put(conversation: string, message: Message): void {
    if (id.value === conversation) byId.value.set(message.id, message);
  }

  async function ask(message: Message, action: string, body?: object): Promise<void> {
    const conversation = id.value;
    const { data } = await api.post<Message>(`/api/v1/ui/messages/${encodeURIComponent(message.id)}/${action}`, body);
    put(conversation, data);
  }

  /** Sends a reply again: a new attempt. humanAgent says that a person does, where Instagram wants to know. */
  const retry = (message: Message, humanAgent = false) =>
    ask(message, "retry", humanAgent ? { human_agent: true } : undefined);

  /** Notes that a person has found the reply in Instagram. */
  const markSent = (message: Message) => ask(message, "mark-sent");

  /** Puts our reaction on a message or, with null, takes it off. It is shown at once, and taken back when it fails. */
  async function react(message: Message, emoji: string | null): Promise<void> {
    const conversation = id.value;
    const others = message.reactions.filter((r) => r.actor !== "account");
    const reactions = emoji ? [...others, { actor: "account" as const, emoji }] : others;
    put(conversation, { ...message, reactions });
    try {
      await ask(message, "reactions", { emoji });
    } catch (error) {
      put(conversation, message);
      throw error;
    }
  }

  return {
    id,
    messages,
    next,
    state,
    busy,
    wanted,
    open,
    close,
    show,
    refresh,
    reach,
    loadOlder,
    renewMedia,
    put,
    retry,
    markSent,
    react,
  };
});

function oldestFirst(a: Message, b: Message): number {
  return Date.parse(a.sent_at) - Date.parse(b.sent_at) || (a.id < b.id ? -1 : 1);
}
