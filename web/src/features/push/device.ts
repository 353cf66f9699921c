const script = "/push-worker.js";

interface ScriptPolicy {
  createScriptURL(address: string): string;
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): ScriptPolicy;
}

let policy: ScriptPolicy | undefined;

/** The worker's address as the content security policy wants it: made by a policy that makes no other. */
function workerAddress(): string {
  const types = (window as { trustedTypes?: TrustedTypes }).trustedTypes;
  policy ??= types?.createPolicy("parlor-worker", { createScriptURL: () => script });
  return policy ? policy.createScriptURL(script) : script;
}

/** Whether this browser can be told by push at all. */
export const ableToPush = (): boolean =>
  "serviceWorker" in navigator && "PushManager" in window && typeof Notification !== "undefined";

/** Has the browser subscribe to the installation's key, anew if it is another one than before. Throws what the browser says. */
export async function subscribeDevice(publicKey: string): Promise<PushSubscription> {
  await navigator.serviceWorker.register(workerAddress(), { scope: "/", updateViaCache: "none" });
  const { pushManager } = await navigator.serviceWorker.ready;
  const key = bytesOf(publicKey);
  const before = await pushManager.getSubscription();
  if (before && same(before.options.applicationServerKey, key)) return before;
  await before?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

/** Takes the worker off this browser, and the subscription with it. */
export async function forgetDevice(): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration("/");
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
  await registration?.unregister();
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

function same(a: ArrayBuffer | null, b: Uint8Array): boolean {
  const bytes = new Uint8Array(a ?? []);
  return bytes.length === b.length && bytes.every((byte, i) => byte === b[i]);
}
