import { onBeforeUnmount, type Ref } from "vue";
import { useSession } from "@/stores/session";
import { useStepUp } from "./stepUp";

const prefix = "parlor-typed:";

/**
 * Keeps what was typed into a form while the person signs in once more at another site. It is put into this tab's storage when the page is
 * left for that, and taken out when the form is shown again to the same person in the same account. Not for secrets.
 */
export function useTyped(name: string, fields: Record<string, Ref<unknown>>): void {
  const session = useSession();
  const key = `${prefix}${session.user?.id}:${session.account?.account_id ?? "staff"}:${name}`;
  const before = take(key);
  for (const [field, ref] of Object.entries(fields)) if (field in before) ref.value = before[field];
  const forget = useStepUp().whenLeaving(() => {
    put(key, Object.fromEntries(Object.entries(fields).map(([field, ref]) => [field, ref.value])));
  });
  onBeforeUnmount(forget);
}

/** Removes all of it: whoever signs out leaves nothing for the next person in this tab. */
export function forgetTyped(): void {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(prefix)) sessionStorage.removeItem(key);
}

function put(key: string, values: object): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(values));
  } catch {
    // Without storage it has to be typed again.
  }
}

function take(key: string): Record<string, unknown> {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? "{}") as Record<string, unknown>;
    sessionStorage.removeItem(key);
    return kept;
  } catch {
    return {};
  }
}
