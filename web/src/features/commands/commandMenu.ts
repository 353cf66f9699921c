import { defineStore } from "pinia";
import { onScopeDispose, ref } from "vue";

/** Whether the command menu is open. */
export const useCommandMenu = defineStore("command menu", () => {
  const open = ref(false);
  return { open };
});

const apple = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** How the keys that open it are called on this machine. */
export const commandKeys = apple ? "⌘K" : "Ctrl K";

/** Opens the menu by Ctrl+K, on Apple's machines by ⌘K, also from within a field, while the page lives. */
export function useCommandKeys(): void {
  const menu = useCommandMenu();

  function onKey(event: KeyboardEvent): void {
    const control = apple ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
    if (!control || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    menu.open = !menu.open;
  }

  window.addEventListener("keydown", onKey);
  onScopeDispose(() => window.removeEventListener("keydown", onKey));
}
