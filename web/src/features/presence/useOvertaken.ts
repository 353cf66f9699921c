import { computed, ref, watch, type Ref } from "vue";
import { useOutgoing } from "@/features/inbox/composer/outgoing";
import { useThread } from "@/features/inbox/thread";

/** Whether somebody else has answered since a reply was begun here, and with what: then sending asks once. */
export function useOvertaken(conversation: Readonly<Ref<string>>, text: Readonly<Ref<string>>) {
  const thread = useThread();
  const outgoing = useOutgoing();
  const known = ref<string | null>(null); // the newest answer of others when the reply was begun; null: none is begun
  const asking = ref(false);

  const newest = computed(() => {
    const theirs = thread.messages.filter((m) => m.direction === "outbound" && !outgoing.isMine(m.client_id));
    return theirs[theirs.length - 1];
  });

  /** The reply is begun now, or what came meanwhile has been seen. */
  function begin(): void {
    known.value = newest.value?.id ?? "";
    asking.value = false;
  }
  function end(): void {
    known.value = null;
    asking.value = false;
  }
  /** Whether sending has to be asked for; the question is on the page then, until it is answered by begin. */
  function asks(): boolean {
    asking.value = known.value !== null && (newest.value?.id ?? "") !== known.value;
    return asking.value;
  }

  watch(conversation, end);
  watch(text, (now) => {
    if (!now.trim()) end();
    else if (known.value === null && thread.state === "ready") begin();
  });
  return { asking, newest, begin, asks };
}
