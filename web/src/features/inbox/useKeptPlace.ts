import { nextTick, watch, type Ref } from "vue";

/**
 * Keeps for each list how far it was scrolled, as long as the page lives: who looks into another one comes back to the place. key names the
 * list that is shown, ready says that it is drawn. A place beyond what is loaded is its end.
 */
export function useKeptPlace(scroller: Ref<HTMLElement | null>, key: Ref<string>, ready: Ref<boolean>): void {
  const places = new Map<string, number>();
  watch(key, (_, before) => places.set(before, scroller.value?.scrollTop ?? 0), { flush: "sync" });
  watch(
    [key, ready],
    async ([now, drawn]) => {
      if (!drawn) return;
      await nextTick();
      if (key.value === now) scroller.value?.scrollTo({ top: places.get(now) ?? 0 });
    },
    { flush: "post" },
  );
}
