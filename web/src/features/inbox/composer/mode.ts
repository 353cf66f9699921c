import { defineStore } from "pinia";
import { nextTick, ref } from "vue";

/** What is being written: a reply to the customer, or a note that only the account's people see. */
export type Mode = "reply" | "note";

/** The mode of the field at the foot of the thread. Every conversation begins with a reply. */
export const useMode = defineStore("composer-mode", () => {
  const mode = ref<Mode>("reply");

  /** Goes to the field of that mode. */
  async function write(wanted: Mode): Promise<void> {
    mode.value = wanted;
    await nextTick();
    document.querySelector<HTMLElement>(`#${wanted}`)?.focus();
  }

  return { mode, write };
});
