import { onScopeDispose, ref } from "vue";

/** The time, once a minute unless told otherwise: lists show minutes, and a clock that ticks faster renders them for nothing. */
export function useClock(every = 60_000) {
  const now = ref(Date.now());
  const tick = setInterval(() => (now.value = Date.now()), every);
  onScopeDispose(() => clearInterval(tick));
  return now;
}
