import { keep, kept } from "@/features/inbox/composer/kept";

const name = "recent-accounts";
const most = 50;
const order = () => kept<string[]>(name) ?? [];

/** Notes that an account was opened in this browser. Signing out forgets it. */
export function rememberAccount(id: string): void {
  keep(name, [id, ...order().filter((other) => other !== id)].slice(0, most));
}

/** The accounts, the last opened first; those never opened here stay in their order behind them. */
export function byRecency<T extends { account_id: string }>(accounts: readonly T[]): T[] {
  const opened = order();
  const place = (a: T) => (opened.includes(a.account_id) ? opened.indexOf(a.account_id) : opened.length);
  return [...accounts].sort((a, b) => place(a) - place(b));
}
