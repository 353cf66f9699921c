import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { api } from "@/api/client";
import type { Found, FoundMessage, SearchPage } from "@/api/types";
import { useSession } from "@/stores/session";

const path = "/api/v1/ui/search";

/** What somebody looks for, and what was found. Only the answer to the newest question counts. */
export const useSearch = defineStore("search", () => {
  const session = useSession();
  const text = ref("");
  const people = ref<Found[]>([]);
  const messages = ref<FoundMessage[]>([]);
  const next = ref<string | null>(null);
  const complete = ref(true);
  const state = ref<"idle" | "loading" | "ready" | "failed">("idle");
  const account = ref("");
  let asked: AbortController | null = null;

  const empty = computed(
    () => state.value === "ready" && people.value.length + messages.value.length === 0 && !next.value,
  );

  function forget(): void {
    asked?.abort();
    people.value = [];
    messages.value = [];
    next.value = null;
    complete.value = true;
    state.value = "idle";
  }

  /** Begins anew in another account: nothing of the one before is shown there. */
  function enter(): void {
    const now = session.account?.account_id ?? "";
    if (now === account.value) return;
    account.value = now;
    text.value = "";
    forget();
  }

  async function ask(cursor: string | null): Promise<void> {
    asked?.abort();
    const mine = (asked = new AbortController());
    try {
      const params = { q: text.value, ...(cursor && { cursor }) };
      const { data } = await api.get<SearchPage>(path, { params, signal: mine.signal });
      if (asked !== mine) return;
      if (!cursor) people.value = data.people;
      messages.value = cursor ? [...messages.value, ...data.items] : data.items;
      next.value = data.next_cursor;
      complete.value = data.complete;
      state.value = "ready";
    } catch {
      if (asked === mine && !mine.signal.aborted) state.value = "failed";
    }
  }

  /** Looks for what was typed. What was found before stays until the answer is there. */
  async function find(typed: string): Promise<void> {
    text.value = typed.trim();
    if (!/[\p{L}\p{N}\p{So}]/u.test(text.value)) return forget();
    state.value = "loading";
    await ask(null);
  }

  /** Asks the same again, without a sign of it. */
  const again = () => ask(null);

  /** Adds the next page. */
  const more = () => ask(next.value);

  return { text, people, messages, next, complete, state, empty, enter, find, again, more };
});
