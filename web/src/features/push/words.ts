/** What the worker says for an account, in the reader's language; public/push-worker.js reads it. */
export interface Words {
  /** The account's username, which its addresses begin with. */
  account: string;
  title: string;
  one: string;
  /** With {n}. */
  many: string;
}

const place = "push-words";

const addressOf = (account: string) => new URL(`/push-words/${account}`, location.origin).href;

/** Puts the words for the worker, which has no texts of its own. */
export async function keepWords(account: string, words: Words): Promise<void> {
  const kept = await caches.open(place);
  await kept.put(addressOf(account), new Response(JSON.stringify(words)));
}

/** Leaves no words behind. */
export const forgetWords = (): Promise<boolean> => caches.delete(place);
