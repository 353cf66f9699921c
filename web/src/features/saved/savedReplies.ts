import { defineStore } from "pinia";
import { ref } from "vue";
import { api } from "@/api/client";
import type { SavedReply } from "@/api/types";

const path = "/api/v1/ui/saved-replies";

/** The texts that the account's people send often. */
export const useSavedReplies = defineStore("saved-replies", () => {
  const items = ref<SavedReply[]>([]);
  const state = ref<"loading" | "ready" | "failed">("loading");
  let account = "";
  let turn = 0;

  /** Reads those of an account; those that are known stay when that fails. Another account's are forgotten first. */
  async function load(of: string): Promise<void> {
    const mine = ++turn;
    if (of !== account) {
      account = of;
      items.value = [];
      state.value = "loading";
    }
    try {
      const { data } = await api.get<{ items: SavedReply[] }>(path);
      if (mine !== turn) return;
      items.value = data.items;
      state.value = "ready";
    } catch {
      if (mine === turn && state.value === "loading") state.value = "failed";
    }
  }

  /** Makes one, or changes one. Throws what the server answered. */
  async function save(name: string, text: string, id = ""): Promise<void> {
    await (id ? api.patch(`${path}/${id}`, { name, text }) : api.post(path, { name, text }));
    await load(account);
  }

  async function remove(id: string): Promise<void> {
    await api.delete(`${path}/${id}`);
    await load(account);
  }

  return { items, state, load, save, remove };
});
