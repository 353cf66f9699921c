import { defineStore } from "pinia";
import { ref, watch } from "vue";
import { useStepUpBy } from "@/api/client";
import { useSession } from "@/stores/session";

/** Asks for a fresh sign-in when something needs one. Whoever waits is told whether it was given. */
export const useStepUp = defineStore("stepUp", () => {
  const open = ref(false);
  const leaving = new Set<() => void>();
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

  // Nobody is left to sign in once more.
  const session = useSession();
  watch(
    () => session.signedIn,
    (signedIn) => !signedIn && done(false),
    { flush: "sync" },
  );

  /** The page is about to be left for the sign-in at another site. */
  function leave(): void {
    for (const tell of leaving) tell();
  }

  /** Says what to do before the page is left for a sign-in; the answer takes that back. */
  function whenLeaving(tell: () => void): () => void {
    leaving.add(tell);
    return () => void leaving.delete(tell);
  }

  return { open, done, leave, whenLeaving };
});
