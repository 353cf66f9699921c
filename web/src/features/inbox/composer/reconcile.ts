/**
 * What a draft becomes when the server has `theirs`, which another page wrote meanwhile, and this page has `ours`. `tried` are texts of
 * this page that may have arrived late: they are nobody else's. Nothing that somebody typed gets lost, and what was sent stays sent.
 */
export function reconciled(theirs: string, ours: string, tried: string[]): string {
  if (theirs === "" || tried.includes(theirs) || ours.startsWith(theirs)) return ours;
  return theirs.startsWith(ours) ? theirs : `${theirs}\n${ours}`;
}
