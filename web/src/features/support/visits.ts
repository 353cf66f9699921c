import { defineStore } from "pinia";
import { computed, ref, watch } from "vue";
import { api } from "@/api/client";
import type { Visit, VisitPage } from "@/api/types";
import { usePaged } from "@/features/settings/paged";
import { useSession } from "@/stores/session";

const path = "/api/v1/ui/support-access";

/** The visits of support to the account, as its owner sees them. */
export const useVisits = defineStore("visits", () => {
  const session = useSession();
  const {
    items,
    next,
    answer,
    state,
    busy: reading,
    failure,
    refresh: load,
    more,
    reset,
  } = usePaged<Visit, VisitPage>(path);
  const enabled = computed(() => answer.value?.enabled ?? false);
  const allowReplies = computed(() => answer.value?.allow_replies ?? false);
  const busy = ref(false);
  /** The visits that the owner was told of on some page. */
  const told = new Set<string>();

  // Another account has other visitors: nothing of this one is shown there, not for a moment.
  watch(() => session.account?.account_id, reset, { flush: "sync" });

  /** A visit that has just begun, once. */
  function takeNew(): Visit | undefined {
    const visit = items.value.find((v) => v.live && !told.has(v.id));
    if (visit) told.add(visit.id);
    return visit;
  }

  /** Changes what support may do. Throws what the server answered. */
  async function change(what: { enabled?: boolean; allow_replies?: boolean }): Promise<void> {
    busy.value = true;
    try {
      await api.patch(path, what);
      await load();
    } finally {
      busy.value = false;
    }
  }

  async function end(visit: Visit): Promise<void> {
    await api.delete(`${path}/${visit.id}`);
    await load();
  }

  return { items, next, enabled, allowReplies, state, reading, failure, busy, load, more, takeNew, change, end };
});
