import { ref } from "vue";
import { failureOf } from "@/api/problem";

/** Something that a click asks for: `busy` while it is under way, `failure` the code of why the last one did not work, or "". */
export function useAttempt() {
  const busy = ref(false);
  const failure = ref("");

  /** Does it and reports whether it worked; never throws. */
  async function attempt(action: () => Promise<unknown>): Promise<boolean> {
    busy.value = true;
    failure.value = "";
    try {
      await action();
      return true;
    } catch (error) {
      failure.value = failureOf(error).code;
      return false;
    } finally {
      busy.value = false;
    }
  }

  return { busy, failure, attempt };
}
