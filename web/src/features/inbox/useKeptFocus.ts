import { nextTick, watch, type Ref } from "vue";
import type { Conversation } from "@/api/types";

/** Keeps the place of who works by keys: when the row that has the focus leaves the list, the one that takes its place gets it. */
export function useKeptFocus(list: Ref<HTMLElement | null>, rows: Ref<Conversation[]>): void {
  watch(rows, async (now, before) => {
    const row = document.activeElement?.closest<HTMLElement>("[data-row]");
    const stay = new Set(now.map((c) => c.id));
    if (!row || !list.value?.contains(row) || stay.has(row.dataset.row ?? "")) return;
    const below = before.slice(before.findIndex((c) => c.id === row.dataset.row));
    const next = below.find((c) => stay.has(c.id)) ?? now[now.length - 1];
    await nextTick();
    list.value.querySelector<HTMLElement>(`[data-row="${next?.id}"] :is(a, input)`)?.focus();
  });
}
