/** The i18n key of an action of the log. */
export const actionKey = (action: string): string => `audit.word.${action.replace(".", "_")}`;

/** What the two dates of the filter ask for: whole days in the reader's own zone, the last one included. */
export function boundsOf(filter: { from: string; to: string }): { from?: string; to?: string } {
  const start = (day: string, later = 0) => {
    const [y, m, d] = day.split("-").map(Number);
    return new Date(y ?? 0, (m ?? 1) - 1, (d ?? 1) + later).toISOString();
  };
  return { ...(filter.from && { from: start(filter.from) }), ...(filter.to && { to: start(filter.to, 1) }) };
}

/** Hands a file to the browser's downloads. */
export function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
