const held = new Set<string>();

/**
 * Lets this tab speak for all tabs of the browser that show the account, as soon as no other one does. Returns what gives that up. A browser
 * without locks lets every tab speak.
 */
export function standFor(account: string): () => void {
  const locks = navigator.locks as LockManager | null | undefined; // none outside of a secure context
  if (!locks) {
    held.add(account);
    return () => void held.delete(account);
  }
  const gone = new AbortController();
  let release: () => void = () => undefined;
  const wait = () =>
    new Promise<void>((done) => {
      held.add(account);
      release = done;
    });
  locks.request(`parlor-notices:${account}`, { signal: gone.signal }, wait).catch(() => undefined); // given up while it waited
  return () => {
    gone.abort();
    held.delete(account);
    release();
  };
}

/** Whether this tab speaks for the account. */
export const speaksFor = (account: string): boolean => held.has(account);
