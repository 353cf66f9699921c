import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { api } from "@/api/client";
import type { Assignee, Member } from "@/api/types";

/** The people of the account, and who of them may answer. */
export const useColleagues = defineStore("colleagues", () => {
  const items = ref<Member[]>([]);
  // A viewer cannot answer, so nothing can be theirs to do.
  const answering = computed(() => items.value.filter((m) => m.role !== "viewer").sort(youFirst));
  let turn = 0;

  /** Reads them; those that are known stay when that fails. */
  async function load(): Promise<void> {
    const mine = ++turn;
    try {
      const { data } = await api.get<{ items: Member[] }>("/api/v1/ui/members");
      if (mine === turn) items.value = data.items;
    } catch {
      return;
    }
  }

  /** Forgets them, before another account is shown. */
  function reset(): void {
    turn++;
    items.value = [];
  }

  /** Whom an assignee's id names, as conversations show them; null for nobody, and for somebody who is not known here. */
  function assignee(id: string | undefined): Assignee | null {
    const member = items.value.find((m) => m.user_id === id);
    return member ? { user_id: member.user_id, name: member.name } : null;
  }

  const nameOf = (id: string): string => assignee(id)?.name ?? "";

  return { items, answering, load, reset, assignee, nameOf };
});

const youFirst = (a: Member, b: Member) => Number(b.you) - Number(a.you) || a.name.localeCompare(b.name);
