import { onScopeDispose } from "vue";
import { api } from "@/api/client";

/** How often Instagram is told that somebody types; what it shows then lasts some twenty seconds (general knowledge). */
const every = 8_000;

/** Tells the customer that somebody types. Nothing depends on it, so what fails is forgotten. */
export function useActivity() {
  let told: { conversation: string; at: number } | null = null;

  function typing(conversation: string, now = Date.now()): void {
    if (told?.conversation === conversation && now - told.at < every) return;
    quiet();
    told = { conversation, at: now };
    tell(conversation, "typing_on");
  }

  /** The field is empty or left: nobody types any more. */
  function quiet(): void {
    if (told && Date.now() - told.at < every) tell(told.conversation, "typing_off");
    told = null;
  }

  /** The reply is sent, which ends the sign by itself. */
  function sent(): void {
    told = null;
  }

  onScopeDispose(quiet);
  return { typing, quiet, sent };
}

/** Passes an activity of ours on to the customer's app. */
export function tell(conversation: string, action: "typing_on" | "typing_off" | "mark_seen"): void {
  api.post(`/api/v1/ui/conversations/${conversation}/activity`, { action }).catch(() => undefined);
}
