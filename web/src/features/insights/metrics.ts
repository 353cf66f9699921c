import type { InsightsDay } from "@/api/types";
import { numberText } from "@/text/number";
import { durationText } from "@/time/duration";

/** What the chart can show by day. */
export const metrics = ["messages", "firstReply", "missed"] as const;
export type Metric = (typeof metrics)[number];

/** One thing drawn by day; null where a day has none. The shapes differ, so that no colour has to tell them apart. */
export interface Series {
  key: string;
  shape: "bars" | "line";
  values: (number | null)[];
}

/** A wait as people say it; a dash where nobody waited. */
export const waitText = (seconds: number | null): string => (seconds === null ? "–" : durationText(seconds * 1000));

/** The series of a metric, the one that matters most first. */
export function seriesOf(metric: Metric, days: readonly InsightsDay[]): Series[] {
  const of = (key: string, shape: Series["shape"], value: (d: InsightsDay) => number | null) => ({
    key,
    shape,
    values: days.map(value),
  });
  switch (metric) {
    case "messages":
      return [of("inbound", "bars", (d) => d.inbound), of("outbound", "line", (d) => d.outbound)];
    case "firstReply":
      return [of("median", "bars", (d) => d.first_replies.median_seconds)]; // beside one forgotten message nothing else would be seen
    case "missed":
      return [of("missed", "bars", (d) => d.missed_windows)];
  }
}

/** Writes a value of a metric. */
export const textOf = (metric: Metric, value: number | null): string =>
  metric === "firstReply" ? waitText(value) : numberText(value ?? 0);

const minute = 60;
const hour = 60 * minute;
const waitSteps = [1, 5, 10, 30].map((n) => n * minute).concat([1, 2, 4, 6, 12, 24, 48, 72, 168].map((n) => n * hour));
const countSteps = [1, 2, 5].flatMap((n) => [0, 1, 2, 3, 4, 5].map((zeros) => n * 10 ** zeros)).sort((a, b) => a - b);

/** The distances that lines across the chart may have. */
export const stepsOf = (metric: Metric): number[] => (metric === "firstReply" ? waitSteps : countSteps);
