/** A time to snooze until, by the reader's own clock: the name of its words, and the moment; null: until the customer writes. */
export interface SnoozeChoice {
  name: "reply" | "later" | "evening" | "tomorrow" | "monday" | "week";
  until: Date | null;
}

const morning = 9;
const evening = 18;

/** What is offered at a moment; a time that is less than an hour away is left out. */
export function snoozeChoices(now: Date): SnoozeChoice[] {
  const at = (days: number, hour: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  const later = new Date(now.getTime() + 3 * 3_600_000);
  later.setMinutes(0, 0, 0);
  const toMonday = (8 - now.getDay()) % 7 || 7;
  const timed: SnoozeChoice[] = [
    { name: "later", until: later },
    { name: "evening", until: at(0, evening) },
    { name: "tomorrow", until: at(1, morning) },
    { name: "monday", until: at(toMonday, morning) },
    { name: "week", until: at(7, morning) },
  ];
  const seen = new Set<number>();
  const offered = timed.filter(({ until }) => {
    const time = until?.getTime() ?? 0;
    const fresh = time - now.getTime() >= 3_600_000 && !seen.has(time);
    seen.add(time);
    return fresh;
  });
  return [{ name: "reply", until: null }, ...offered];
}

/** The value of a field for date and time, in the reader's own zone. */
export function fieldText(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
