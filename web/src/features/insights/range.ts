import type { LocationQuery, LocationQueryRaw } from "vue-router";
import { formatter } from "@/i18n/locale";

/** Whole days, the last one included, as 2026-11-01. `days` is set when they are the last so many. */
export interface Range {
  from: string;
  to: string;
  days?: Preset;
}

/** How many days up to today can be chosen by one click. */
export const presets = [7, 30, 90] as const;
export type Preset = (typeof presets)[number];

/** How many days the server counts at once. */
export const maxDays = 366;

const form = /^\d{4}-\d{2}-\d{2}$/;

/** The date of a day in the reader's own zone. */
export function dateOf(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** Noon of a date in the reader's own zone: a moment that is that date whatever the clocks do. */
export function noonOf(date: string): Date {
  const [y = 0, m = 1, d = 1] = date.split("-").map(Number);
  return new Date(y, m - 1, d, 12);
}

/** The last so many days, today included. */
export function lastDays(days: Preset, now = new Date()): Range {
  const first = new Date(now.getFullYear(), now.getMonth(), now.getDate() - days + 1, 12);
  return { from: dateOf(first), to: dateOf(now), days };
}

/** What is wrong with a range of one's own; "" when nothing is. */
export function faultOf({ from, to }: Range): "" | "incomplete" | "order" | "long" {
  if (!form.test(from) || !form.test(to)) return "incomplete";
  if (from > to) return "order";
  const days = Math.round((noonOf(to).getTime() - noonOf(from).getTime()) / 86_400_000) + 1;
  return days > maxDays ? "long" : "";
}

/** The range that an address asks for; thirty days when it asks for none, or for one that cannot be. */
export function readRange(query: LocationQuery, now = new Date()): Range {
  const preset = presets.find((p) => String(p) === query.days);
  if (preset) return lastDays(preset, now);
  const own = { from: String(query.from ?? ""), to: String(query.to ?? "") };
  return faultOf(own) ? lastDays(30, now) : own;
}

/** The address of a range: the last days move on with the calendar, one's own days stay. */
export const queryOf = (range: Range): LocationQueryRaw =>
  range.days ? { days: String(range.days) } : { from: range.from, to: range.to };

/** The reader's time zone, by whose midnights days begin. */
export const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

const short = formatter((tag) => new Intl.DateTimeFormat(tag, { day: "numeric", month: "short" }));
const long = formatter(
  (tag) => new Intl.DateTimeFormat(tag, { weekday: "short", day: "numeric", month: "short", year: "numeric" }),
);

/** A date under a chart. */
export const shortDate = (date: string): string => short().format(noonOf(date));

/** A date in a sentence or a table. */
export const longDate = (date: string): string => long().format(noonOf(date));
