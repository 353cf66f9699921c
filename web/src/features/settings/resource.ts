import { isCancel } from "axios";
import { ref, shallowRef } from "vue";
import { api } from "@/api/client";

/** Something that is read as a whole and shown; what is shown stays when reading it again fails. */
export function useResource<T>(path: string) {
  const data = shallowRef<T | null>(null);
  const state = ref<"loading" | "ready" | "failed">("loading");
  let turn = 0; // of the newest request: an older answer that comes late is dropped

  async function load(params?: Record<string, string | undefined>): Promise<void> {
    const mine = ++turn;
    try {
      const answer = await api.get<T>(path, { params });
      if (mine !== turn) return;
      data.value = answer.data;
      state.value = "ready";
    } catch (error) {
      if (mine === turn && !isCancel(error) && !data.value) state.value = "failed";
    }
  }

  return { data, state, load };
}
