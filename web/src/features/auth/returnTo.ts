/** The address that leads back to a page after a sign-in; the console is one page to the server, whatever tab was open. */
export function addressOf(route: { name?: unknown; fullPath: string }): string {
  return route.name === "staff" ? "/staff" : route.fullPath;
}

/** Keeps only an address of this app's own pages; the server checks it again. */
export function cleanReturnTo(address: unknown): string {
  if (typeof address !== "string" || !/^\/(a\/|staff$)/.test(address) || /[\\\s]|\/\//.test(address)) return "/";
  return address;
}
