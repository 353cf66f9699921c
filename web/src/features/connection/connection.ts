import { isCancel } from "axios";
import { defineStore } from "pinia";
import { computed, ref, watch } from "vue";
import { api } from "@/api/client";
import type { Connection } from "@/api/types";
import { useSession } from "@/stores/session";

const path = "/api/v1/ui/connection";
const hearEvery = 1_000;

/** How the account is connected with Instagram. */
export const useConnection = defineStore("connection", () => {
  const session = useSession();
  const view = ref<Connection | null>(null);
  const state = ref<"loading" | "ready" | "failed">("loading");
  /** The account's status as last heard; it is in the session before the first answer is there. */
  const status = computed(() => view.value?.status ?? session.account?.status ?? "active");
  let hearing: ReturnType<typeof setTimeout> | undefined;
  let heard = 0;
  let turn = 0; // of the newest request: an older answer that comes late is dropped

  /** Reads it anew. What is shown stays when that fails. */
  async function load(): Promise<void> {
    const mine = ++turn;
    try {
      const { data } = await api.get<Connection>(path);
      if (mine !== turn) return;
      view.value = data;
      state.value = "ready";
    } catch (error) {
      if (mine === turn && !isCancel(error) && !view.value) state.value = "failed";
    }
  }

  /** Something has changed. An import says so often, and one look a second is enough. */
  function hear(): void {
    hearing ??= setTimeout(
      () => {
        hearing = undefined;
        heard = Date.now();
        void load();
      },
      Math.max(0, heard + hearEvery - Date.now()),
    );
  }

  function reset(): void {
    clearTimeout(hearing);
    hearing = undefined;
    turn++;
    view.value = null;
    state.value = "loading";
  }

  // Another account has another connection: this one is not shown there, not for a moment, from whatever page it is left.
  watch(() => session.account?.account_id, reset, { flush: "sync" });

  /** Where Instagram asks the owner to allow the connection again. */
  async function reconnectAt(returnTo: string): Promise<string> {
    const { data } = await api.post<{ location: string }>(`${path}/reconnect`, { return_to: returnTo });
    return data.location;
  }

  async function disconnect(): Promise<void> {
    await api.post(`${path}/disconnect`);
    await load();
  }

  async function confirmHumanAgent(on: boolean): Promise<void> {
    await api.patch(path, { human_agent: on });
    await load();
  }

  return { view, state, status, load, hear, reconnectAt, disconnect, confirmHumanAgent };
});
