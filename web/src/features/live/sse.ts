/** One server-sent event. */
export interface ServerEvent {
  event: string;
  data: string;
  id: string;
}

/**
 * Reads the text/event-stream format (HTML standard, "Server-sent events") from chunks that end anywhere. EventSource cannot send an
 * Authorization header, hence this parser over a fetch stream.
 */
export function eventParser(deliver: (event: ServerEvent) => void): (chunk: string) => void {
  let rest = "";
  let current: { event: string; data: string[] } = { event: "", data: [] };
  let id = "";

  function line(text: string): void {
    if (text === "") {
      if (current.data.length > 0) deliver({ event: current.event || "message", data: current.data.join("\n"), id });
      current = { event: "", data: [] };
      return;
    }
    const colon = text.indexOf(":");
    if (colon === 0) return; // a comment, such as a ping
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? "" : text.slice(colon + 1).replace(/^ /, "");
    if (field === "event") current.event = value;
    else if (field === "data") current.data.push(value);
    else if (field === "id" && !value.includes("\0")) id = value;
  }

  return (chunk) => {
    rest += chunk;
    // A lone \r at the end may be half of \r\n: it waits for the next chunk.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    lines.forEach(line);
  };
}
