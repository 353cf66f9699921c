import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";
import { api } from "@/api/client";
import type { Attachment, Message, Page, Person } from "@/api/types";

const pageSize = 30;
const name = "person-panel";

/** Something that was shared in a thread, and when. */
export interface SharedItem {
  message: string;
  at: string;
  attachment: Attachment;
}

/** The person of the open conversation: what is known, and what was shared with them. */
export const usePerson = defineStore("person", () => {
  /** Whether there is a panel beside the thread; kept for this browser. */
  const beside = ref(localStorage.getItem(name) !== "closed");
  /** Whether it lies over the thread, where there is no room beside it. */
  const over = ref(false);
  const id = ref("");
  const person = shallowRef<Person | null>(null);
  const shared = shallowRef<SharedItem[]>([]);
  const next = ref<string | null>(null);
  const state = ref<"loading" | "ready" | "failed">("loading");
  const busy = ref(false);

  function setBeside(open: boolean): void {
    beside.value = open;
    if (open) localStorage.removeItem(name);
    else localStorage.setItem(name, "closed");
  }

  const path = (conversation: string) => `/api/v1/ui/conversations/${encodeURIComponent(conversation)}`;
  const page = (conversation: string, cursor: string | null) =>
    api.get<Page<Message>>(`${path(conversation)}/messages`, {
      params: { shared: true, limit: pageSize, ...(cursor && { cursor }) },
    });

  /** Reads who a conversation is with; what is known of another one is forgotten at once. */
  async function load(conversation: string): Promise<void> {
    if (conversation !== id.value) {
      id.value = conversation;
      person.value = null;
      shared.value = [];
      next.value = null;
    }
    if (!person.value) state.value = "loading";
    try {
      const [who, files] = await Promise.all([
        api.get<Person>(`${path(conversation)}/person`),
        page(conversation, null),
      ]);
      if (id.value !== conversation) return;
      person.value = who.data;
      shared.value = files.data.items.flatMap(itemsOf);
      next.value = files.data.next_cursor;
      state.value = "ready";
    } catch {
      if (id.value === conversation && !person.value) state.value = "failed";
    }
  }

  /** Reads more of what was shared. It may fail quietly: the button stays. */
  async function more(): Promise<void> {
    const conversation = id.value;
    if (!next.value || busy.value) return;
    busy.value = true;
    try {
      const { data } = await page(conversation, next.value);
      if (id.value !== conversation) return;
      shared.value = [...shared.value, ...data.items.flatMap(itemsOf)];
      next.value = data.next_cursor;
    } catch {
      return;
    } finally {
      busy.value = false;
    }
  }

  return { beside, over, id, person, shared, next, state, busy, setBeside, load, more };
});

const itemsOf = (m: Message): SharedItem[] =>
  m.attachments.map((attachment) => ({ message: m.id, at: m.sent_at, attachment }));
