/** Takes the secret of a link out of the address, where a screenshot or a shared history would show it. */
export function takeSecret(): string {
  const secret = location.hash.slice(1);
  history.replaceState(history.state, "", location.pathname);
  return secret;
}
