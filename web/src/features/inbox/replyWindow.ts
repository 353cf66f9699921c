import type { ReplyWindow } from "@/api/types";
import { durationText } from "@/time/duration";

/** What is shown of a reply window: its state, the time left in words and as a share of the whole, and whether that is little. */
export interface WindowLabel {
  state: ReplyWindow["state"];
  time: string;
  share: number;
  soon: boolean;
}

const hour = 3_600_000;
const soonBelow = 3 * hour;
// A person's window is counted from where the open one ends.
const whole = { open: 24 * hour, human_agent: 6 * 24 * hour };

/** The server decides the window; between its answers only the clock runs, and a window whose time is over is shown as closed. */
export function windowLabel(window: ReplyWindow, now: number): WindowLabel {
  const left = window.closes_at === null ? 0 : Date.parse(window.closes_at) - now;
  if (window.state === "closed" || !(left > 0)) return { state: "closed", time: "", share: 0, soon: false };
  const share = Math.min(1, left / whole[window.state]);
  return { state: window.state, time: durationText(left), share, soon: left < soonBelow };
}

/** The texts (below `composer.`) that explain a window: why it is as it is and what opens it. */
export function windowReason(window: ReplyWindow, now: number): string {
  const { state } = windowLabel(window, now);
  if (window.reason === "never_wrote") return "closed.never_wrote";
  if (state === "closed") return "closed.expired";
  if (state === "human_agent") return "human_agent";
  const openers = ["message", "story_reply", "story_mention", "postback"];
  return `opened.${openers.find((o) => o === window.opened_by) ?? "message"}`;
}

/** What is worth saying aloud as the time runs out; a countdown that speaks each minute is noise. */
export function windowWarning(window: ReplyWindow, now: number): "" | "hour" | "minutes" | "closed" {
  if (windowLabel(window, now).state === "closed") return "closed";
  const left = Date.parse(window.closes_at ?? "") - now;
  if (left <= hour / 6) return "minutes";
  return left <= hour ? "hour" : "";
}
