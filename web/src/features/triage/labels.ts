import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { api } from "@/api/client";
import type { Conversation, Label, LabelList } from "@/api/types";

const path = "/api/v1/ui/labels";

/** The account's labels. */
export const useLabels = defineStore("labels", () => {
  const items = ref<Label[]>([]);
  const colours = ref<string[]>([]);
  const state = ref<"loading" | "ready" | "failed">("loading");
  const byId = computed(() => new Map(items.value.map((l) => [l.id, l])));
  let turn = 0;

  /** Reads the labels; those that are known stay when that fails. */
  async function load(): Promise<void> {
    const mine = ++turn;
    try {
      const { data } = await api.get<LabelList>(path);
      if (mine !== turn) return;
      items.value = data.items;
      colours.value = data.colours;
      state.value = "ready";
    } catch {
      if (mine === turn && state.value === "loading") state.value = "failed";
    }
  }

  /** Forgets the labels, before another account is shown. */
  function reset(): void {
    turn++;
    items.value = [];
    state.value = "loading";
  }

  /** Makes a label, or changes one. Throws what the server answered. */
  async function save(name: string, colour: string, id = ""): Promise<Label> {
    const { data } = await (id
      ? api.patch<Label>(`${path}/${id}`, { name, colour })
      : api.post<Label>(path, { name, colour }));
    await load();
    return data;
  }

  async function remove(id: string): Promise<void> {
    await api.delete(`${path}/${id}`);
    await load();
  }

  /** The labels of a conversation by name; one that was removed a moment ago is left out. */
  const of = (c: Conversation): Label[] => {
    const on = new Set(c.label_ids ?? []);
    return items.value.filter((l) => on.has(l.id));
  };

  return { items, colours, state, byId, load, reset, save, remove, of };
});
