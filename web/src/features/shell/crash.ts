import { isAxiosError, isCancel } from "axios";
import type { App } from "vue";

const letters = "abcdefghjkmnpqrstuvwxyz23456789"; // none that is read as another
const length = 8;

/** A name for one crash, that a person can read out to whoever looks into it. */
export function newReference(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(length)), (n) => letters[n % letters.length]).join("");
}

/**
 * Whether an error is a fault of the app. What the network or the browser refuses is none: it has its own words where it happens.
 */
export function isCrash(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof DOMException || isAxiosError(error) || isCancel(error))
    return false;
  return !/fetch|dynamically imported|importing a module|load failed|networkerror/i.test(error.message);
}

/** Tells of the first fault that nobody caught, by a reference that stands in the console beside it; no other place hears of it. */
export function watchForCrashes(app: App, tell: (reference: string) => void): void {
  let told = false;
  function look(error: unknown) {
    if (!isCrash(error)) return console.warn(error);
    const reference = newReference();
    console.error(`Parlor ${reference}`, error);
    if (!told) tell(reference);
    told = true;
  }
  app.config.errorHandler = look;
  window.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    look(event.reason);
  });
}
