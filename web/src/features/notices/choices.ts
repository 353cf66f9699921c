/** How a person wants to hear of new messages in this browser. Nothing is on until they say so. */
export interface NoticeChoices {
  sound: boolean;
  desktop: boolean;
  /** Whether a notice shows what was written, and not only who wrote. */
  text: boolean;
  quiet: boolean;
  /** Minutes after midnight; the hours may lie over midnight. */
  from: number;
  to: number;
}

const none: NoticeChoices = { sound: false, desktop: false, text: false, quiet: false, from: 20 * 60, to: 8 * 60 };
const name = "notices";
const day = 24 * 60;

/** What was chosen in this browser; what is missing or broken is off. */
export function readChoices(): NoticeChoices {
  try {
    const kept = JSON.parse(localStorage.getItem(name) ?? "{}") as Record<string, unknown>;
    const flag = (key: string) => kept[key] === true;
    const time = (key: "from" | "to") => {
      const at = kept[key];
      return typeof at === "number" && Number.isInteger(at) && at >= 0 && at < day ? at : none[key];
    };
    return {
      sound: flag("sound"),
      desktop: flag("desktop"),
      text: flag("text"),
      quiet: flag("quiet"),
      from: time("from"),
      to: time("to"),
    };
  } catch {
    return none;
  }
}

/** Keeps what was chosen. A storage that is full or locked loses it at the next load. */
export function keepChoices(choices: NoticeChoices): void {
  try {
    localStorage.setItem(name, JSON.stringify(choices));
  } catch {
    return;
  }
}

/** Whether it is quiet at a moment, by the reader's own clock. Hours that begin when they end are the whole day. */
export function isQuiet({ quiet, from, to }: NoticeChoices, now: Date): boolean {
  if (!quiet) return false;
  const at = now.getHours() * 60 + now.getMinutes();
  return from < to ? at >= from && at < to : at >= from || at < to;
}

/** Minutes after midnight as a field for times writes them. */
export const timeText = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

/** Reads what a field for times has; null for none. */
export function minutesOf(text: string): number | null {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hours === undefined ? null : Number(hours) * 60 + Number(minutes);
}
