import { onScopeDispose, ref } from "vue";

/** The time, once a minute: lists show minutes, and a clock that ticks faster renders them for nothing. */
export function useClock() {
  const now = ref(Date.now());
  const tick = setInterval(() => (now.value = Date.now()), 60_000);
  onScopeDispose(() => clearInterval(tick));
  return now;
}
