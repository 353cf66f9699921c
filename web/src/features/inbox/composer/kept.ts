const prefix = "parlor-kept:";

/** Keeps something unsent in this browser. A full or locked storage loses nothing that is on the page. */
export function keep(name: string, value: object): void {
  try {
    if (Object.keys(value).length > 0) localStorage.setItem(prefix + name, JSON.stringify(value));
    else localStorage.removeItem(prefix + name);
  } catch {
    return;
  }
}

/** What was kept under the name, or null. */
export function kept<T>(name: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(prefix + name) ?? "null") as T | null;
  } catch {
    return null;
  }
}

/** Removes all of it: whoever signs out leaves nothing for the next person at this machine. */
export function forgetKept(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
}
