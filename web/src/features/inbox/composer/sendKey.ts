/** Whether a key press means "send": Enter alone, never while an input method composes, and never where the keyboard is on the screen. */
export function isSendKey(
  event: Pick<KeyboardEvent, "key" | "shiftKey" | "altKey" | "isComposing" | "keyCode">,
  onScreen: boolean,
): boolean {
  // Safari ends a composition before the Enter that ended it; only the old key code 229 still tells.
  const composing = event.isComposing || event.keyCode === 229;
  return event.key === "Enter" && !event.shiftKey && !event.altKey && !composing && !onScreen;
}
