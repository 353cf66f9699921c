import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { api } from "@/api/client";
import type { Conversation, ConversationChange } from "@/api/types";
import { useInbox } from "@/features/inbox/inbox";
import { useColleagues } from "./colleagues";
import { changed, grouped, inverse } from "./change";
import { useCounts } from "./counts";

const path = "/api/v1/ui/conversations";

/** What a person may be asked to choose for conversations. */
export type Question = "snooze" | "assign" | "label";

/** How many conversations the server changes at once. */
export const mostAtOnce = 100;

/** Work on conversations. A change shows before the server has answered. */
export const useTriage = defineStore("triage", () => {
  const inbox = useInbox();
  const counts = useCounts();
  const colleagues = useColleagues();
  /** What is being asked, and of which conversations. */
  const asking = ref<{ question: Question; ids: string[] } | null>(null);
  /** The conversations that are picked to be changed together; null when nobody picks. */
  const picked = ref<Set<string> | null>(null);

  /** Of them, those that are listed and not more than can be changed at once: what nobody sees is not changed. */
  const chosen = computed(() =>
    inbox.conversations
      .filter((c) => picked.value?.has(c.id))
      .slice(0, mostAtOnce)
      .map((c) => c.id),
  );

  const known = (ids: string[]): Conversation[] => ids.flatMap((id) => inbox.byId.get(id) ?? []);

  /**
   * Changes conversations that are loaded and returns what takes the change back, as far as it did anything. Throws what the server
   * answered; then they are shown as they were.
   */
  async function change(ids: string[], what: ConversationChange): Promise<() => Promise<void>> {
    const before = known(ids);
    before.forEach((c) => inbox.update(changed(c, what, colleagues.assignee(what.assignee_id))));
    try {
      await tell(ids, what);
    } catch (error) {
      before.forEach((c) => inbox.update(c));
      throw error;
    } finally {
      counts.load();
    }
    return () => takeBack(before, what);
  }

  async function takeBack(before: Conversation[], what: ConversationChange): Promise<void> {
    const back = new Map<string, ConversationChange>();
    for (const c of before) {
      const change = inverse(c, what, Date.now());
      if (change) back.set(c.id, change);
    }
    for (const group of grouped(back)) await tell(group.ids, group.change);
    counts.load();
  }

  async function tell(ids: string[], what: ConversationChange): Promise<void> {
    if (ids.length === 1) {
      inbox.update((await api.patch<Conversation>(`${path}/${ids[0]}`, what)).data);
      return;
    }
    const { data } = await api.post<{ items: Conversation[] }>(`${path}/bulk`, { ids, change: what });
    data.items.forEach((c) => inbox.update(c));
  }

  /** Asks what to choose for conversations. */
  function ask(question: Question, ids: string[]): void {
    if (known(ids).length > 0) asking.value = { question, ids };
  }

  /** Begins to pick, or ends it with everything that was picked. */
  function pick(on: boolean): void {
    picked.value = on ? new Set() : null;
  }

  /** Picks one, or lays it back. */
  function toggle(id: string): void {
    picked.value ??= new Set();
    if (!picked.value.delete(id) && chosen.value.length < mostAtOnce) picked.value.add(id);
  }

  return { asking, picked, chosen, known, change, ask, pick, toggle };
});
