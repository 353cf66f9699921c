import { isCancel } from "axios";
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { api } from "@/api/client";
import { failureOf } from "@/api/problem";
import type { Conversation, Page } from "@/api/types";

const path = "/api/v1/ui/conversations";
const pageSize = 50;

/** Which conversations are listed. */
export type Filter = "all" | "unread";

/** The conversations of the account that is shown, newest first. It knows nothing of any other account: a switch makes it empty. */
export const useInbox = defineStore("inbox", () => {
  const byId = ref(new Map<string, Conversation>());
  const listed = ref(new Set<string>());
  const filter = ref<Filter>("all");
  const next = ref<string | null>(null);
  const state = ref<"loading" | "ready" | "failed">("loading");
  const busy = ref(false);

  const conversations = computed(() =>
    [...listed.value].flatMap((id) => byId.value.get(id) ?? []).sort((a, b) => newestFirst(a, b)),
  );
  const unread = computed(() => [...byId.value.values()].filter((c) => (c.unread ?? 0) > 0).length);

  /** Empties the list and loads its first page. */
  async function open(show: Filter = filter.value): Promise<void> {
    filter.value = show;
    listed.value = new Set();
    next.value = null;
    state.value = "loading";
    await load(show);
  }

  /** Forgets everything, before another account is shown. */
  function reset(): void {
    byId.value = new Map();
    listed.value = new Set();
    next.value = null;
    filter.value = "all";
    state.value = "loading";
  }

  async function load(show: Filter, cursor?: string): Promise<void> {
    const params = { limit: pageSize, ...(cursor && { cursor }), ...(show === "unread" && { unread: true }) };
    try {
      const { data } = await api.get<Page<Conversation>>(path, { params });
      if (show !== filter.value) return; // the answer to a question that was taken back
      data.items.forEach((c) => put(c, true));
      if (cursor || state.value === "loading") next.value = data.next_cursor;
      state.value = "ready";
    } catch (error) {
      if (isCancel(error)) return; // asked for an account that is no longer shown
      if (state.value === "loading" && show === filter.value) state.value = "failed";
    }
  }

  /** Loads the next page, when there is one and it is not under way. */
  async function loadMore(): Promise<void> {
    if (busy.value || !next.value || state.value !== "ready") return;
    busy.value = true;
    await load(filter.value, next.value);
    busy.value = false;
  }

  /** Re-reads the first page: something may have been missed. */
  async function catchUp(): Promise<void> {
    await (state.value === "failed" ? open() : load(filter.value));
  }

  /** Re-reads one conversation; one that this account does not have is left out and gives null. */
  async function refresh(id: string): Promise<Conversation | null> {
    try {
      const { data } = await api.get<Conversation>(`${path}/${encodeURIComponent(id)}`);
      put(data, belongs(data));
      return data;
    } catch (error) {
      if ([404, 422].includes(failureOf(error).status)) {
        remove(id);
        return null;
      }
      throw error;
    }
  }

  /** Whether a conversation has its place among those that are loaded; an older one comes with its page. */
  function belongs(c: Conversation): boolean {
    if (filter.value === "unread" && !c.unread) return listed.value.has(c.id);
    const oldest = conversations.value[conversations.value.length - 1];
    return !next.value || !oldest || newestFirst(c, oldest) <= 0;
  }

  /** Notes that everything up to now has been read. It may fail quietly: the badge stays, and the next look tries again. */
  async function markRead(c: Conversation): Promise<void> {
    if (!c.unread) return;
    const { data } = await api.patch<Conversation>(`${path}/${c.id}`, { read_seq: c.inbound_seq });
    put(data, listed.value.has(c.id));
  }

  function put(c: Conversation, list: boolean): void {
    byId.value.set(c.id, c);
    if (list) listed.value.add(c.id);
  }

  /** Takes a conversation that does not exist any more out of the list. */
  function remove(id: string): void {
    byId.value.delete(id);
    listed.value.delete(id);
  }

  return {
    byId,
    conversations,
    unread,
    filter,
    state,
    busy,
    next,
    open,
    reset,
    loadMore,
    catchUp,
    refresh,
    markRead,
    remove,
  };
});

function newestFirst(a: Conversation, b: Conversation): number {
  const at = (c: Conversation) => (c.last_message ? Date.parse(c.last_message.sent_at) : 0);
  return at(b) - at(a) || (a.id < b.id ? 1 : -1);
}
