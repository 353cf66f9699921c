import { computed } from "vue";
import { useSession } from "./session";

/** What the token lets its bearer do in this account. The server decides; this only hides what it would refuse. */
export function useMay() {
  const session = useSession();
  const owner = computed(() => session.may("connection:manage"));
  const reply = computed(() => session.may("messages:send"));
  /** Marking as read is one's own note, and tells the customer; a visitor of support leaves none. */
  const markRead = computed(() => session.may("conversations:update"));
  const triage = computed(() => session.may("conversations:triage"));
  const note = computed(() => session.may("notes:write"));
  return { owner, reply, markRead, triage, note };
}
