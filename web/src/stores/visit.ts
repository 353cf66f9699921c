/** A visit of support that this tab is on. Its id is no secret: the cookie proves whose it is. */
export interface KeptVisit {
  account_id: string;
  username: string;
  grant_id: string;
}

const key = "parlor-visit";

/** The visit of this tab, so that a reload goes on with it. */
export function keptVisit(): KeptVisit | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? "null") as Partial<KeptVisit> | null;
    return kept?.account_id && kept.username && kept.grant_id ? (kept as KeptVisit) : null;
  } catch {
    return null;
  }
}

export function keepVisit(visit: KeptVisit): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(visit));
  } catch {
    // Without storage a reload ends at the console; the visit itself is not touched.
  }
}

export function forgetVisit(): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // There was nothing to forget.
  }
}
