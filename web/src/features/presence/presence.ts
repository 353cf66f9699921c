import { defineStore } from "pinia";
import { ref } from "vue";
import { api } from "@/api/client";
import { useSession } from "@/stores/session";

/** What somebody does in a conversation. */
export type State = "viewing" | "typing" | "away";

interface Seen {
  state: State;
  at: number;
}

// What is not said again is over: a page that was closed says nothing any more.
const lasts: Record<State, number> = { viewing: 50_000, typing: 10_000, away: 0 };

/** Who else reads or writes in the account's conversations, as far as their pages have told lately. */
export const usePresence = defineStore("presence", () => {
  const session = useSession();
  const seen = ref(new Map<string, Map<string, Seen>>());
  let mine: { conversation: string; state: State } | null = null;

  const others = (conversation: string, now: number) =>
    [...(seen.value.get(conversation) ?? [])].filter(([, s]) => now - s.at < lasts[s.state]);

  /** The users who do that in a conversation at a time. */
  const who = (conversation: string, state: State, now: number): string[] =>
    others(conversation, now)
      .filter(([, s]) => s.state === state)
      .map(([user]) => user);

  /** Takes in what somebody's page told. Who comes anew is answered, so that they know of me as well. */
  function hear(conversation: string, user: string, state: State, now = Date.now()): void {
    if (user === session.user?.id) return;
    const there = new Map(others(conversation, now));
    const anew = !there.has(user) && state !== "away";
    there.set(user, { state, at: now });
    seen.value.set(conversation, there);
    if (anew && mine?.conversation === conversation) tell(conversation, mine.state);
  }

  /** Tells the others what I do. Nothing depends on it, so what fails is forgotten. */
  function tell(conversation: string, state: State): void {
    if (!session.may("drafts:keep")) return;
    mine = state === "away" ? null : { conversation, state };
    api.put(`/api/v1/ui/conversations/${encodeURIComponent(conversation)}/presence`, { state }).catch(() => undefined);
  }

  /** Forgets everybody, before another account is shown. */
  function reset(): void {
    seen.value = new Map();
    mine = null;
  }

  return { who, hear, tell, reset };
});
