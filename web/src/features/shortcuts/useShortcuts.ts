import { onScopeDispose } from "vue";
import { shortcutFinder, useShortcutSetting, type Shortcut } from "./shortcuts";

/** Where keys mean letters or belong to what is open. */
const elsewhere =
  "input:not([type=checkbox]), textarea, select, [contenteditable], [role=menu], [role=dialog], [role=listbox]";

/** What goes on while its key is held; everything else is done once, or a resting hand would close the whole inbox. */
const repeats = new Set<Shortcut>(["next", "previous"]);

/** Does what a single key means, outside of fields, menus and dialogs, while the page lives. */
export function useShortcuts(acts: Partial<Record<Shortcut, (event: KeyboardEvent) => void>>): void {
  const setting = useShortcutSetting();
  const find = shortcutFinder();

  function onKey(event: KeyboardEvent): void {
    if (!setting.on || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented)
      return;
    if (event.target instanceof Element && event.target.closest(elsewhere)) return;
    if (document.querySelector("[role=dialog], [role=menu]")) return; // open over the page, wherever the focus is
    const shortcut = find(event.key);
    const act = shortcut && acts[shortcut];
    if (!act) return;
    event.preventDefault();
    if (!event.repeat || repeats.has(shortcut)) act(event);
  }

  window.addEventListener("keydown", onKey);
  onScopeDispose(() => window.removeEventListener("keydown", onKey));
}
