const name = "push";

/** Who wanted to be told on this device: the id of one person, for a browser may be another's tomorrow. */
export function wisher(): string {
  try {
    return localStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

/** Keeps who wants it; "" for nobody. A storage that is locked loses it at the next load. */
export function keepWisher(user: string): void {
  try {
    if (user) localStorage.setItem(name, user);
    else localStorage.removeItem(name);
  } catch {
    return;
  }
}
