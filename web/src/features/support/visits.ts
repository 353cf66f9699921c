import { defineStore } from "pinia";
import { ref } from "vue";
import { api } from "@/api/client";
import type { Visit, VisitPage } from "@/api/types";

const path = "/api/v1/ui/support-access";

/** The visits of support to the account, as its owner sees them. */
export const useVisits = defineStore("visits", () => {
  const page = ref<VisitPage | null>(null);
  const state = ref<"loading" | "ready" | "failed">("loading");
  const busy = ref(false);

  async function load(): Promise<void> {
    try {
      page.value = (await api.get<VisitPage>(path)).data;
      state.value = "ready";
    } catch {
      if (!page.value) state.value = "failed";
    }
  }

  async function loadMore(): Promise<void> {
    if (!page.value?.next_cursor) return;
    const { data } = await api.get<VisitPage>(path, { params: { cursor: page.value.next_cursor } });
    page.value = { ...data, items: [...page.value.items, ...data.items] };
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

  return { page, state, busy, load, loadMore, change, end };
});
