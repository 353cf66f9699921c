import { computed, ref, watch, type Ref } from "vue";
import type { Conversation } from "@/api/types";

/**
 * Keeps a list still while somebody has scrolled in it: rows do not move under the pointer, and what came is counted until it is asked
 * for. At the top the list is always in its true order.
 */
export function useHeldOrder(live: Ref<Conversation[]>, scrolled: Ref<boolean>) {
  const order = ref<string[]>([]);
  const stamps = new Map<string, string>();

  function release(): void {
    order.value = live.value.map((c) => c.id);
    stamps.clear();
    live.value.forEach((c) => stamps.set(c.id, stampOf(c)));
  }

  watch(
    [live, scrolled],
    () => {
      if (!scrolled.value) return release();
      const known = new Set(order.value);
      const present = new Set(live.value.map((c) => c.id));
      const oldest = live.value.findLastIndex((c) => known.has(c.id));
      const older = live.value.slice(oldest + 1).filter((c) => !known.has(c.id)); // the next page
      older.forEach((c) => stamps.set(c.id, stampOf(c)));
      order.value = [...order.value.filter((id) => present.has(id)), ...older.map((c) => c.id)];
    },
    { immediate: true },
  );

  const rows = computed(() => {
    const byId = new Map(live.value.map((c) => [c.id, c]));
    return order.value.flatMap((id) => byId.get(id) ?? []);
  });
  const waiting = computed(() => {
    const held = new Set(order.value);
    return live.value.filter((c) => !held.has(c.id) || (scrolled.value && stamps.get(c.id) !== stampOf(c))).length;
  });
  return { rows, waiting, release };
}

const stampOf = (c: Conversation) => c.last_message?.id ?? "";
