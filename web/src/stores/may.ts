import { computed } from "vue";
import { useSession } from "./session";

/** What the person's role lets them do in this account. The server decides; this only hides what it would refuse. */
export function useMay() {
  const session = useSession();
  const owner = computed(() => session.role === "owner");
  const reply = computed(() => session.role === "owner" || session.role === "agent");
  return { owner, reply };
}
