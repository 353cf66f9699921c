import { defineStore } from "pinia";
import { ref } from "vue";
import { useStepUpBy } from "@/api/client";

/** Asks for a fresh sign-in when something needs one. Whoever waits is told whether it was given. */
export const useStepUp = defineStore("stepUp", () => {
  const open = ref(false);
  let waiting: ((fresh: boolean) => void)[] = [];

  useStepUpBy(() => {
    open.value = true;
    return new Promise((told) => waiting.push(told));
  });

  function done(fresh: boolean): void {
    open.value = false;
    for (const told of waiting) told(fresh);
    waiting = [];
  }

  return { open, done };
});
