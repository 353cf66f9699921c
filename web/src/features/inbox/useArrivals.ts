import { onScopeDispose, ref } from "vue";
import type { Message } from "@/api/types";

const gather = 1000;

/** Says what came, once for all that comes within a second; say makes the words. */
export function useArrivals(say: (came: Message[]) => string) {
  const spoken = ref("");
  let came: Message[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  function tell(messages: Message[]): void {
    if (!messages.length) return;
    came.push(...messages);
    spoken.value = ""; // the same words again are heard again
    timer ??= setTimeout(() => {
      spoken.value = say(came);
      came = [];
      timer = undefined;
    }, gather);
  }

  /** Says nothing of what has come so far: it belongs to a thread that was left. */
  function forget(): void {
    clearTimeout(timer);
    timer = undefined;
    came = [];
    spoken.value = "";
  }
  onScopeDispose(forget);

  return { spoken, tell, forget };
}
