import { defineStore } from "pinia";
import { shallowRef } from "vue";

/** Something that was done, in words, and how it is taken back; `failed` is said when something did not work. */
export interface Done {
  text: string;
  failed?: boolean;
  undo?: () => Promise<void>;
}

const shownFor = 6_000;

/** The last thing that was done, for as long as it can be taken back by a click or by Z. */
export const useUndo = defineStore("undo", () => {
  const last = shallowRef<Done | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;

  function tell(done: Done): void {
    last.value = done;
    wait();
  }

  /** Lets the time run anew; somebody who points at it or has it in focus holds it. */
  function wait(): void {
    clearTimeout(timer);
    timer = setTimeout(() => (last.value = null), shownFor);
  }

  const hold = () => clearTimeout(timer);

  function dismiss(): void {
    clearTimeout(timer);
    last.value = null;
  }

  /** Takes it back, once. */
  async function undo(): Promise<void> {
    const way = last.value?.undo;
    if (!way) return;
    dismiss();
    await way();
  }

  return { last, tell, hold, wait, dismiss, undo };
});
