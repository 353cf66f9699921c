import { isCancel } from "axios";
import { ref, shallowRef } from "vue";
import { api } from "@/api/client";
import { failureOf } from "@/api/problem";

/** Something that is read as a whole and shown; what is shown stays when reading it again fails. */
export function useResource<T>(path: string) {
  const data = shallowRef<T | null>(null);
  const state = ref<"loading" | "ready" | "failed">("loading");
  /** The code of why what is shown may be old; "" when it is not. */
  const failure = ref("");
  let turn = 0; // of the newest request: an older answer that comes late is dropped

  async function load(params?: Record<string, string | undefined>): Promise<void> {
    const mine = ++turn;
    try {
      const answer = await api.get<T>(path, { params });
      if (mine !== turn) return;
      data.value = answer.data;
      state.value = "ready";
      failure.value = "";
    } catch (error) {
      if (mine !== turn || isCancel(error)) return;
      if (data.value) failure.value = failureOf(error).code;
      else state.value = "failed";
    }
  }

  return { data, state, failure, load };
}
