import { isCancel } from "axios";
import { ref, shallowRef } from "vue";
import { api } from "@/api/client";
import { failureOf } from "@/api/problem";
import type { Page } from "@/api/types";

type Params = Record<string, string | undefined>;

/**
 * A list that is read page by page, of the answers A. Only the newest request counts: an older answer that comes late is dropped. What is
 * shown stays when reading it again fails, and `failure` says so; lines that another filter found do not.
 */
export function usePaged<T, A extends Page<T> = Page<T>>(path: string) {
  const items = shallowRef<T[]>([]);
  const next = ref<string | null>(null);
  /** The last answer, for what stands in it beside the items. */
  const answer = shallowRef<A | null>(null);
  const state = ref<"loading" | "ready" | "failed">("loading");
  const busy = ref(false);
  /** The code of why what is shown may be old or not whole; "" when it is neither. */
  const failure = ref("");
  let asked: Params = {};
  let fits = false; // what is shown is what was asked for
  let depth = 0; // how many items the reader has asked for, by asking for more
  let turn = 0;

  /** Reads the first page of what these parameters find. */
  function load(params: Params = {}): Promise<void> {
    asked = params;
    fits = false;
    depth = 0;
    return read();
  }

  /** Reads anew what is shown, as far down as it was read. */
  const refresh = () => read();

  /** Reads the page after what is shown. */
  async function more(): Promise<void> {
    if (!next.value || busy.value) return;
    depth = items.value.length + 1;
    await read(items.value, next.value);
  }

  /** Forgets everything, and what is under way. */
  function reset(): void {
    turn++;
    items.value = [];
    next.value = answer.value = null;
    state.value = "loading";
    busy.value = fits = false;
    failure.value = "";
    depth = 0;
  }

  async function read(found: T[] = [], cursor: string | null = null): Promise<void> {
    const mine = ++turn;
    busy.value = true;
    try {
      do {
        const { data } = await api.get<A>(path, { params: { ...asked, cursor: cursor ?? undefined } });
        if (mine !== turn) return;
        found = [...found, ...data.items];
        cursor = data.next_cursor;
        answer.value = data;
      } while (cursor && found.length < depth);
      items.value = found;
      next.value = cursor;
      failure.value = "";
      fits = true;
      state.value = "ready";
    } catch (error) {
      if (mine !== turn || isCancel(error)) return; // asked for an account that is no longer shown
      if (fits) failure.value = failureOf(error).code;
      else state.value = "failed";
    } finally {
      if (mine === turn) busy.value = false;
    }
  }

  return { items, next, answer, state, busy, failure, load, refresh, more, reset };
}
