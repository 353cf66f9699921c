import { isCancel } from "axios";
import { defineStore } from "pinia";
import { computed, ref, shallowReactive, shallowRef } from "vue";
import { api } from "@/api/client";
import { failureOf } from "@/api/problem";
import type { Conversation, Page } from "@/api/types";
import { inOrder, matches, paramsOf, plain, type Show } from "@/features/triage/show";
import { useSession } from "@/stores/session";

const path = "/api/v1/ui/conversations";
const pageSize = 50;
const mostAtOnce = 200; // rows that are read again after a gap; what is further down comes with its page

/** The conversations of the account that is shown. It knows nothing of any other account: a switch makes it empty. */
export const useInbox = defineStore("inbox", () => {
  const session = useSession();
  // Shallow: a conversation is replaced, never changed, and ten thousand of them are sorted at each event.
  const byId = shallowReactive(new Map<string, Conversation>());
  const listed = ref(new Set<string>());
  const show = shallowRef<Show>(plain("inbox"));
  const next = ref<string | null>(null);
  const state = ref<"loading" | "ready" | "failed">("loading");
  const busy = ref(false);
  // What was heard of while a list was under way is newer than the list.
  const heard = new Set<string>();
  /** The time by which windows are judged; the page keeps it. */
  const now = ref(Date.now());

  const compare = computed(() => inOrder(show.value.sort));
  // What does not belong any more leaves at once; read conversations stay where unread ones are listed: nobody wants a row to vanish while
  // they read it.
  const conversations = computed(() =>
    [...listed.value]
      .flatMap((id) => byId.get(id) ?? [])
      .filter((c) => matches(c, show.value, session.user?.id ?? "", now.value))
      .sort(compare.value),
  );

  /** Empties the list and loads its first page. */
  async function open(wanted: Show = show.value): Promise<void> {
    show.value = wanted;
    listed.value = new Set();
    next.value = null;
    state.value = "loading";
    await load(wanted);
  }

  /** Forgets everything, before another account is shown. */
  function reset(): void {
    byId.clear();
    listed.value = new Set();
    next.value = null;
    show.value = plain("inbox");
    state.value = "loading";
  }

  const page = (wanted: Show, cursor: string | null) =>
    api.get<Page<Conversation>>(path, { params: { limit: pageSize, ...(cursor && { cursor }), ...paramsOf(wanted) } });

  async function load(wanted: Show, cursor: string | null = null): Promise<void> {
    try {
      const { data } = await page(wanted, cursor);
      if (wanted !== show.value) return; // the answer to a question that was taken back
      data.items.forEach((c) => put(c, true));
      next.value = data.next_cursor;
      state.value = "ready";
    } catch (error) {
      if (isCancel(error)) return; // asked for an account that is no longer shown
      if (state.value === "loading" && wanted === show.value) state.value = "failed";
    }
  }

  /** Loads the next page, when there is one and it is not under way. */
  async function loadMore(): Promise<void> {
    if (busy.value || !next.value || state.value !== "ready") return;
    busy.value = true;
    await load(show.value, next.value);
    busy.value = false;
  }

  /** Re-reads what is loaded: something may have been missed, and what is not there any more leaves. It may fail quietly. */
  async function catchUp(): Promise<void> {
    if (state.value === "failed") return open();
    const wanted = show.value;
    const before = new Set(listed.value);
    const found = new Set<string>();
    heard.clear();
    let cursor: string | null = null;
    try {
      do {
        const { data }: { data: Page<Conversation> } = await page(wanted, cursor);
        if (wanted !== show.value) return;
        data.items.filter((c) => !heard.has(c.id)).forEach((c) => put(c, false));
        data.items.forEach((c) => found.add(c.id));
        cursor = data.next_cursor;
      } while (cursor && found.size < Math.min(before.size, mostAtOnce));
    } catch {
      return;
    }
    const came = [...listed.value].filter((id) => !before.has(id) || heard.has(id));
    listed.value = new Set([...found, ...came]);
    next.value = cursor;
    state.value = "ready";
  }

  /** Re-reads one conversation; one that this account does not have is left out and gives null. */
  async function refresh(id: string): Promise<Conversation | null> {
    try {
      const { data } = await api.get<Conversation>(`${path}/${encodeURIComponent(id)}`);
      update(data);
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
    if (show.value.unread && !c.unread) return listed.value.has(c.id);
    const last = conversations.value[conversations.value.length - 1];
    return !next.value || !last || compare.value(c, last) <= 0;
  }

  /** The conversation to go on with after one that leaves together with others: the next one below, else above, else "". */
  function neighbour(id: string, leaving: string[]): string {
    const rows = conversations.value;
    const at = rows.findIndex((c) => c.id === id);
    const stays = (c: Conversation) => !leaving.includes(c.id);
    return (rows.slice(at + 1).find(stays) ?? rows.slice(0, Math.max(at, 0)).reverse().find(stays))?.id ?? "";
  }

  /** Notes that everything up to now has been read. It may fail quietly: the badge stays, and the next look tries again. */
  async function markRead(c: Conversation): Promise<void> {
    if (!c.unread) return;
    const { data } = await api.patch<Conversation>(`${path}/${c.id}`, { read_seq: c.inbound_seq });
    heard.add(c.id);
    put(data, listed.value.has(c.id));
  }

  /** Shows a conversation as it is now, in its place when it has one here. */
  function update(c: Conversation): void {
    heard.add(c.id);
    put(c, belongs(c));
  }

  function put(c: Conversation, list: boolean): void {
    byId.set(c.id, c);
    if (list) listed.value.add(c.id);
  }

  /** Takes a conversation that does not exist any more out of the list. */
  function remove(id: string): void {
    byId.delete(id);
    listed.value.delete(id);
  }

  return {
    byId,
    conversations,
    show,
    now,
    state,
    busy,
    next,
    open,
    reset,
    loadMore,
    catchUp,
    refresh,
    neighbour,
    markRead,
    update,
    remove,
  };
});
