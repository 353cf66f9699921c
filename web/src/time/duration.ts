import { formatter } from "@/i18n/locale";

const minute = 60_000;

const unit = (name: "minute" | "hour" | "day") =>
  formatter((tag) => new Intl.NumberFormat(tag, { style: "unit", unit: name, unitDisplay: "narrow" }));
const inMinutes = unit("minute");
const inHours = unit("hour");
const inDays = unit("day");

/** Whole units, rounded down: nobody is promised a minute that is not there. */
export function durationText(ms: number): string {
  const minutes = Math.floor(ms / minute);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const rest = minutes % 60;
  if (days >= 2) return inDays().format(days);
  if (hours >= 3 || (hours >= 1 && rest === 0)) return inHours().format(hours);
  if (hours >= 1) return `${inHours().format(hours)} ${inMinutes().format(rest)}`;
  return minutes >= 1 ? inMinutes().format(minutes) : `<${inMinutes().format(1)}`;
}
