import { ref } from "vue";
import { api } from "@/api/client";
import type { LedgerEvent, Page } from "@/api/types";

const path = "/api/v1/ui/connection/events";
const pageSize = 20;

/** How an event ended; only those that were not simply applied are worth a list. */
export const outcomes = ["failed", "skipped", "pending"] as const;
export type Outcome = (typeof outcomes)[number];

/** The events of one outcome, newest first, page by page. */
export function useLedgerEvents() {
  const outcome = ref<Outcome>("failed");
  const items = ref<LedgerEvent[]>([]);
  const next = ref<string | null>(null);
  const state = ref<"loading" | "ready" | "failed">("loading");
  const busy = ref(false);

  /** Shows the first page of an outcome. */
  async function show(wanted: Outcome = outcome.value): Promise<void> {
    if (wanted !== outcome.value) {
      items.value = [];
      state.value = "loading";
    }
    outcome.value = wanted;
    await load();
  }

  async function load(cursor?: string): Promise<void> {
    const asked = outcome.value;
    busy.value = true;
    try {
      const params = { outcome: asked, limit: pageSize, ...(cursor && { cursor }) };
      const { data } = await api.get<Page<LedgerEvent>>(path, { params });
      if (asked !== outcome.value) return; // the answer to a question that was taken back
      items.value = cursor ? [...items.value, ...data.items] : data.items;
      next.value = data.next_cursor;
      state.value = "ready";
    } catch {
      if (asked === outcome.value && items.value.length === 0) state.value = "failed";
    } finally {
      busy.value = false;
    }
  }

  const more = () => (next.value && !busy.value ? load(next.value) : Promise.resolve());

  /** Tries an event again and shows how it ended. */
  async function replay(event: LedgerEvent): Promise<void> {
    const { data } = await api.post<LedgerEvent>(`${path}/${encodeURIComponent(event.id)}/replay`);
    items.value = items.value.map((e) => (e.id === event.id ? data : e));
  }

  return { outcome, items, next, state, busy, show, more, replay };
}
