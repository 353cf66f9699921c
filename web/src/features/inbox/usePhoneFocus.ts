import { nextTick, onMounted, watch, type Ref } from "vue";
import { useWide } from "@/ui/useWide";

// On a phone the list and the thread take turns, and what had the focus is hidden.
const sideBySide = "48rem";

/** Gives the focus to the heading of what has just been opened. */
export function useOpenedFocus(heading: Readonly<Ref<HTMLElement | null>>): { wide: Ref<boolean> } {
  const wide = useWide(sideBySide);
  onMounted(() => {
    if (!wide.value) heading.value?.focus({ preventScroll: true });
  });
  return { wide };
}

/** Gives the focus back to the row that was left. */
export function useReturnedFocus(list: Readonly<Ref<HTMLElement | null>>, selected: () => string): void {
  const wide = useWide(sideBySide);
  watch(selected, async (now, before) => {
    if (now || !before || wide.value) return;
    await nextTick();
    list.value?.querySelector<HTMLElement>(`[data-row="${before}"] a`)?.focus({ preventScroll: true });
  });
}
