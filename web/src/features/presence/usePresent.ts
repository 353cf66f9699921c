import { onScopeDispose, watch, type Ref } from "vue";
import { usePresence } from "./presence";

const viewingEvery = 20_000;
const typingEvery = 4_000;

/** Tells the others that the conversation is read here, while somebody has the page in front of them; and, by typing(), that something is written. */
export function usePresent(conversation: Readonly<Ref<string>>) {
  const presence = usePresence();
  let typed = 0;

  function viewing(): void {
    if (document.visibilityState === "visible") presence.tell(conversation.value, "viewing");
  }
  function typing(now = Date.now()): void {
    if (now - typed < typingEvery) return;
    typed = now;
    presence.tell(conversation.value, "typing");
  }
  /** Nothing is written any more: it was sent, or taken back. */
  function quiet(): void {
    if (typed) viewing();
    typed = 0;
  }
  function seen(): void {
    if (document.visibilityState === "visible") viewing();
    else presence.tell(conversation.value, "away");
  }

  watch(
    conversation,
    (_, before) => {
      typed = 0;
      if (before) presence.tell(before, "away");
      viewing();
    },
    { immediate: true },
  );
  const beat = setInterval(() => {
    if (Date.now() - typed > viewingEvery / 2) viewing();
  }, viewingEvery);
  document.addEventListener("visibilitychange", seen);
  onScopeDispose(() => {
    clearInterval(beat);
    document.removeEventListener("visibilitychange", seen);
    presence.tell(conversation.value, "away");
  });
  return { typing, quiet };
}
