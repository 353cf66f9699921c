import type { Router } from "vue-router";
import { pushState, turnOn, type Here } from "./push";

let listens = false;

/**
 * Keeps this device told: a push belongs to a sign-in, and this may be a new one, of another account, language or key. What does not work is left:
 * the settings show how it stands.
 */
export async function keepPush(router: Router, here: Here): Promise<void> {
  followClicks(router);
  if (Notification.permission !== "granted") return;
  const { available, public_key } = await pushState();
  if (available) await turnOn(public_key, here);
}

/** From now on goes where a notice leads that the worker has shown, when it is clicked. */
export function followClicks(router: Router): void {
  if (listens) return;
  listens = true;
  navigator.serviceWorker.addEventListener("message", ({ data }: MessageEvent<{ open?: unknown } | null>) => {
    if (typeof data?.open === "string" && /^\/a\/[^\\]+$/.test(data.open)) void router.push(data.open);
  });
}
