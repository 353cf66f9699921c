import { defineStore } from "pinia";
import { ref } from "vue";
import { api } from "@/api/client";
import type { Views } from "@/api/types";
import type { View } from "./show";

const pause = 700; // between two questions: a burst of news is one of them

/** How much there is in each view, as the server counts it. */
export const useCounts = defineStore("counts", () => {
  const views = ref<Views | null>(null);
  let turn = 0;
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Reads the counts: at once, or a moment after the last time. It may fail quietly: the next news asks again. */
  function load(now = Date.now()): void {
    if (timer) return;
    timer = setTimeout(() => void read(), Math.max(0, asked + pause - now));
  }

  async function read(): Promise<void> {
    timer = undefined;
    asked = Date.now();
    const mine = ++turn;
    try {
      const { data } = await api.get<Views>("/api/v1/ui/views");
      if (mine === turn) views.value = data;
    } catch {
      return;
    }
  }

  /** Forgets the counts, before another account is shown. */
  function reset(): void {
    turn++;
    clearTimeout(timer);
    timer = undefined;
    asked = 0;
    views.value = null;
  }

  /** A view's count as it is shown: nothing for none, and "999+" where the counting stops. */
  function textOf(view: View | "unread"): string {
    const n = numberOf(view);
    if (!n) return "";
    return n >= (views.value?.stop ?? Infinity) ? `${n - 1}+` : String(n);
  }

  const numberOf = (view: View | "unread"): number => views.value?.[view === "closing" ? "closing_soon" : view] ?? 0;

  return { views, load, reset, textOf, numberOf };
});
