import { formatter } from "@/i18n/locale";

const day = 86_400_000;

const dates = (options: Intl.DateTimeFormatOptions) => formatter((tag) => new Intl.DateTimeFormat(tag, options));
const clock = dates({ hour: "numeric", minute: "2-digit" });
const weekday = dates({ weekday: "short" });
const date = dates({ day: "numeric", month: "short" });
const dateYear = dates({ day: "numeric", month: "short", year: "numeric" });
const moment = dates({ dateStyle: "medium", timeStyle: "short" });
const full = dates({ dateStyle: "full", timeStyle: "long" });
const relative = formatter((tag) => new Intl.RelativeTimeFormat(tag, { numeric: "auto" }));
const minutesAlone = formatter(
  (tag) => new Intl.NumberFormat(tag, { style: "unit", unit: "minute", unitDisplay: "narrow" }),
);

/** The clock in a thread. */
export const clockText = (at: string): string => clock().format(new Date(at));

/** Everything about a moment, for a tooltip. */
export const fullText = (at: string): string => full().format(new Date(at));

/** A date with its time, short. */
export const momentText = (at: string): string => moment().format(new Date(at));

/** A date alone. */
export const dateText = (at: string): string => dateYear().format(new Date(at));

/** How long ago something was, in the greatest unit that fits. A moment ahead of this clock is now. */
export function agoText(at: string, now: number): string {
  const minutes = Math.max(0, Math.floor((now - Date.parse(at)) / 60_000));
  if (minutes < 60) return relative().format(-minutes, "minute");
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? relative().format(-hours, "hour") : relative().format(-Math.floor(hours / 24), "day");
}

/** A moment in a list: minutes while they count, then the clock, the weekday, the date. */
export function listTime(at: string, now: number): string {
  const then = new Date(at);
  const minutes = Math.floor((now - then.getTime()) / 60_000);
  if (minutes < 1) return relative().format(0, "second");
  if (minutes < 60) return minutesAlone().format(minutes);
  const days = daysBetween(then, new Date(now));
  if (days === 0) return clock().format(then);
  if (days < 7) return weekday().format(then);
  return then.getFullYear() === new Date(now).getFullYear() ? date().format(then) : dateYear().format(then);
}

/** How many midnights lie between two moments, in the reader's own zone; never negative. */
export function daysBetween(then: Date, now: Date): number {
  const midnight = (d: Date) => Date.UTC(d.getFullYear(), d.getMonth(), d.getDate());
  return Math.max(0, Math.round((midnight(now) - midnight(then)) / day));
}

/** The heading of a day in a thread; today and yesterday have names of their own. */
export function dayText(at: string, now: number): "today" | "yesterday" | { date: string } {
  const days = daysBetween(new Date(at), new Date(now));
  if (days === 0) return "today";
  return days === 1 ? "yesterday" : { date: dateYear().format(new Date(at)) };
}
