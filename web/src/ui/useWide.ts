import { onScopeDispose, ref } from "vue";

/** Whether the window is at least as wide as that, now and whenever it changes. */
export function useWide(width: string) {
  const query = matchMedia(`(min-width: ${width})`);
  const wide = ref(query.matches);
  const hear = () => (wide.value = query.matches);
  query.addEventListener("change", hear);
  onScopeDispose(() => query.removeEventListener("change", hear));
  return wide;
}
