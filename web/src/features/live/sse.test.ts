import { describe, expect, it } from "vitest";
import { eventParser, type ServerEvent } from "./sse";

function parse(...chunks: string[]): ServerEvent[] {
  const events: ServerEvent[] = [];
  const feed = eventParser((event) => events.push(event));
  chunks.forEach(feed);
  return events;
}

describe("eventParser", () => {
  const text = 'event: message\nid: 7\ndata: {"a":1}\n\n';
  it("reads an event", () => {
    expect(parse(text)).toEqual([{ event: "message", id: "7", data: '{"a":1}' }]);
  });
  it("does not care where chunks end", () => {
    for (let cut = 1; cut < text.length; cut++) expect(parse(text.slice(0, cut), text.slice(cut))).toEqual(parse(text));
    expect(parse(...text)).toEqual(parse(text));
  });
  it("takes CRLF, also cut in the middle", () => {
    const crlf = text.replaceAll("\n", "\r\n");
    for (let cut = 1; cut < crlf.length; cut++) expect(parse(crlf.slice(0, cut), crlf.slice(cut))).toEqual(parse(text));
  });
  it("joins data lines, keeps the last id, ignores comments and events without data", () => {
    expect(parse(": ping\n\nevent: empty\n\nid: 3\ndata: one\ndata:two\n\ndata: next\n\n")).toEqual([
      { event: "message", id: "3", data: "one\ntwo" },
      { event: "message", id: "3", data: "next" },
    ]);
  });
});
