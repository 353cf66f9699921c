import type { ReplyWindow } from "@/api/types";

/** What a chip shows of a reply window: its state, the time left in words, and whether that is little. */
export interface WindowLabel {
  state: ReplyWindow["state"];
  time: string;
  soon: boolean;
}

const minute = 60_000;
const soonBelow = 3 * 60 * minute;

/** The server decides the window; between its answers only the clock runs, and a window whose time is over is shown as closed. */
export function windowLabel(window: ReplyWindow, now: number): WindowLabel {
  const left = window.closes_at === null ? 0 : Date.parse(window.closes_at) - now;
  if (window.state === "closed" || !(left > 0)) return { state: "closed", time: "", soon: false };
  return { state: window.state, time: durationText(left), soon: left < soonBelow };
}

/** Whole units, rounded down: nobody is promised a minute that is not there. */
export function durationText(ms: number): string {
  const minutes = Math.floor(ms / minute);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days >= 2) return `${days}d`;
  if (hours >= 3) return `${hours}h`;
  if (hours >= 1) return minutes % 60 === 0 ? `${hours}h` : `${hours}h ${minutes % 60}m`;
  return minutes >= 1 ? `${minutes}m` : "<1m";
}
