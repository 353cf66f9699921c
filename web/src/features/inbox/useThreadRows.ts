import { elementScroll, useVirtualizer } from "@tanstack/vue-virtual";
import { computed, nextTick, onScopeDispose, ref, watch, type Ref } from "vue";
import type { Entry } from "./message/groups";
import { drawn, heightOf } from "./message/heights";

const near = 60;

/**
 * The rows of a thread that are in the page: those in sight and some beyond. What is put above moves nothing; what is put below is followed
 * by a reader who is at the end. `sizer` is the element that is as high as all rows; `older` tells whether there is more above.
 */
export function useThreadRows(
  scroller: Ref<HTMLElement | null>,
  sizer: Ref<HTMLElement | null>,
  entries: Ref<Entry[]>,
  older: () => boolean,
) {
  const atEnd = ref(true);
  const keptKey = ref("");
  const kept = computed(() => (keptKey.value ? entries.value.findIndex((e) => e.key === keptKey.value) : -1));

  const virtual = useVirtualizer(
    computed(() => {
      const rows = entries.value;
      const stays = kept.value;
      return {
        count: rows.length,
        getScrollElement: () => scroller.value,
        estimateSize: (i: number) => (rows[i] ? heightOf(rows[i]) : 44),
        getItemKey: (i: number) => rows[i]?.key ?? i,
        rangeExtractor: (range: Parameters<typeof drawn>[0]) => drawn(range, stays),
        overscan: 5,
        paddingStart: older() ? 44 : 20, // room for the line that says that older ones come
        paddingEnd: 4,
        anchorTo: "end" as const,
        followOnAppend: true,
        scrollEndThreshold: near,
        // The place is set before the page is drawn anew: without the new height the browser would cut it off at the old one.
        scrollToFn: (...[offset, options, instance]: Parameters<typeof elementScroll<HTMLElement>>) => {
          if (sizer.value) sizer.value.style.height = `${instance.getTotalSize()}px`;
          elementScroll(offset, options, instance);
        },
      };
    }),
  );

  // Who reads upwards reads what comes from above: its guessed height is made good above it, also when it is already in sight.
  virtual.value.shouldAdjustScrollPositionOnItemSizeChange = (row, _, list) => {
    const place = list.scrollOffset ?? 0;
    const upwards = list.scrollDirection === "backward";
    return list.itemSizeCache.has(row.key) ? !upwards && row.end <= place : upwards || row.start < place;
  };

  function look(): void {
    const el = scroller.value;
    if (el) atEnd.value = el.scrollHeight - el.scrollTop - el.clientHeight < near;
  }

  function toEnd(): void {
    virtual.value.scrollToEnd();
    atEnd.value = true;
  }

  /** Keeps a row in the page wherever it is: what has the focus or an open dialog must not go. */
  function keep(key: string): void {
    keptKey.value = key;
  }

  /** Brings a row to the middle; it is in the page when this returns. */
  async function bring(index: number): Promise<void> {
    keep(entries.value[index]?.key ?? "");
    await nextTick();
    virtual.value.scrollToIndex(index, { align: "center" });
    await nextTick();
  }

  // The field below grows, a keyboard opens: the end stays in view.
  const size = new ResizeObserver(() => atEnd.value && toEnd());
  watch(scroller, (el, before) => {
    if (before) size.unobserve(before);
    if (el) size.observe(el);
  });
  onScopeDispose(() => size.disconnect());

  return { virtual, atEnd, look, toEnd, keep, bring };
}
