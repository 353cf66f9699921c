import { nextTick, onScopeDispose, ref, watch, type Ref } from "vue";

const near = 60;

/** Keeps a thread at its end while the reader is there, and still while they are not; what is put above moves nothing. */
export function useStickyScroll(scroller: Ref<HTMLElement | null>) {
  const atEnd = ref(true);

  function look(): void {
    const el = scroller.value;
    if (el) atEnd.value = el.scrollHeight - el.scrollTop - el.clientHeight < near;
  }

  function toEnd(): void {
    const el = scroller.value;
    if (el) el.scrollTop = el.scrollHeight;
    atEnd.value = true;
  }

  /** Runs a change that adds above, and keeps what is read where it is. */
  async function keeping(change: () => Promise<void>): Promise<void> {
    const el = scroller.value;
    const fromEnd = el ? el.scrollHeight - el.scrollTop : 0;
    await change();
    await nextTick();
    if (el) el.scrollTop = el.scrollHeight - fromEnd;
  }

  // The field below grows, a keyboard opens: the end stays in view.
  const size = new ResizeObserver(() => atEnd.value && toEnd());
  watch(scroller, (el, before) => {
    if (before) size.unobserve(before);
    if (el) size.observe(el);
  });
  onScopeDispose(() => size.disconnect());

  return { atEnd, look, toEnd, keeping };
}
