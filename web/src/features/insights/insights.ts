import { isCancel } from "axios";
import { ref, shallowRef } from "vue";
import { api } from "@/api/client";
import { failureOf } from "@/api/problem";
import type { Insights } from "@/api/types";
import { save } from "@/features/settings/audit";
import { zone, type Range } from "./range";

const path = "/api/v1/ui/insights";

const paramsOf = (range: Range) => ({ from: range.from, to: range.to, zone: zone() });

/** The figures of a range. Those of the range before stay on the page while the next ones are counted. */
export function useInsights() {
  const figures = shallowRef<Insights | null>(null);
  const busy = ref(false);
  /** The code of why there are no figures, or no newer ones; "" when nothing failed. */
  const failure = ref("");
  let turn = 0; // of the newest request: an older answer that comes late is dropped

  async function load(range: Range): Promise<void> {
    const mine = ++turn;
    busy.value = true;
    try {
      const { data } = await api.get<Insights>(path, { params: paramsOf(range) });
      if (mine !== turn) return;
      figures.value = data;
      failure.value = "";
    } catch (error) {
      if (mine !== turn || isCancel(error)) return;
      failure.value = failureOf(error).code;
      if (figures.value?.from !== range.from || figures.value.to !== range.to) figures.value = null;
    }
    busy.value = false;
  }

  /** Hands one of the two tables to the browser's downloads. */
  async function download(range: Range, table: "days" | "senders"): Promise<void> {
    failure.value = "";
    try {
      const params = { ...paramsOf(range), table };
      const answer = await api.get<Blob>(`${path}/export`, { params, responseType: "blob" });
      save(answer.data, `parlor-${table}-${range.from}-${range.to}.csv`);
    } catch (error) {
      failure.value = failureOf(error).code;
    }
  }

  return { figures, busy, failure, load, download };
}
