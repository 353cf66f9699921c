/** Keeps only an address of this app's own pages; the server checks it again. */
export function cleanReturnTo(address: unknown): string {
  if (typeof address !== "string" || !/^\/(a\/|staff$)/.test(address) || /[\\\s]|\/\//.test(address)) return "/";
  return address;
}
