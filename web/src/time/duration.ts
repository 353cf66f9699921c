const minute = 60_000;

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
