import { AxiosError, AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from "axios";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { api } from "@/api/client";
import { sampleMessage } from "../message/sampleMessage";
import { useThread } from "../thread";
import { useOutgoing } from "./outgoing";

interface Posted {
  client_id: string;
  text?: string;
  human_agent?: boolean;
}
type Answer = { status: number; data?: unknown } | "cut";

/** Stands where the network is: what is sent is kept, what is answered is decided by the test. */
function network(answer: (body: Posted) => Answer | Promise<Answer>) {
  const sent: Posted[] = [];
  api.defaults.adapter = async (config: InternalAxiosRequestConfig) => {
    const body = JSON.parse(String(config.data)) as Posted;
    sent.push(body);
    const given = await answer(body);
    const headers = new AxiosHeaders(config.headers);
    if (given === "cut") throw new AxiosError("cut", "ERR_NETWORK", { ...config, headers });
    const response = { ...given, statusText: "", headers: {}, config } as AxiosResponse;
    if (given.status >= 400) throw new AxiosError("no", "ERR", { ...config, headers }, null, response);
    return response;
  };
  return sent;
}
const taken = (body: Posted) => ({
  status: 201,
  data: sampleMessage({ id: body.client_id, client_id: body.client_id, direction: "outbound", state: "queued" }),
});
const text = (words: string) => ({ conversationId: "c1", text: words, file: null, humanAgent: false });

describe("outgoing replies", () => {
  beforeEach(() => {
    localStorage.clear();
    setActivePinia(createPinia());
    useOutgoing().open("account");
  });

  it("go to the server one at a time, in the order in which they were written", async () => {
    const waiting: (() => void)[] = [];
    const sent = network((body) => new Promise((done) => waiting.push(() => done(taken(body)))));
    const outgoing = useOutgoing();
    outgoing.send(text("one"));
    outgoing.send(text("two"));
    await vi.waitFor(() => expect(waiting).toHaveLength(1));
    expect(outgoing.items.map((o) => o.phase)).toEqual(["posting", "waiting"]);
    waiting[0]?.();
    await vi.waitFor(() => expect(waiting).toHaveLength(2));
    waiting[1]?.();
    await vi.waitFor(() => expect(outgoing.items).toHaveLength(0));
    expect(sent.map((s) => s.text)).toEqual(["one", "two"]);
  });

  it("keep their id, their text and their order when the way is cut", async () => {
    let cut = true;
    const sent = network((body) => (cut ? "cut" : taken(body)));
    const outgoing = useOutgoing();
    outgoing.send(text("one"));
    outgoing.send(text("two"));
    await vi.waitFor(() => expect(outgoing.items.map((o) => o.phase)).toEqual(["stuck", "stuck"]));
    expect(sent).toHaveLength(1);
    cut = false;
    outgoing.retry(outgoing.items[1]?.clientId ?? "");
    await vi.waitFor(() => expect(outgoing.items).toHaveLength(0));
    expect(sent.map((s) => s.text)).toEqual(["one", "one", "two"]);
    expect(sent[1]?.client_id).toBe(sent[0]?.client_id);
  });

  it("do not hold back the next one when one is refused", async () => {
    network((body) => (body.text === "one" ? { status: 409, data: { code: "window_closed" } } : taken(body)));
    const outgoing = useOutgoing();
    outgoing.send(text("one"));
    outgoing.send(text("two"));
    await vi.waitFor(() => expect(outgoing.items.map((o) => [o.text, o.phase])).toEqual([["one", "refused"]]));
    expect(outgoing.items[0]?.failure).toBe("window_closed");
  });

  it("are sent as a person's only when a person says so", async () => {
    const sent = network((body) =>
      body.human_agent ? taken(body) : { status: 409, data: { code: "human_agent_required" } },
    );
    const outgoing = useOutgoing();
    outgoing.send(text("one"));
    await vi.waitFor(() => expect(outgoing.items[0]?.phase).toBe("refused"));
    outgoing.retry(outgoing.items[0]?.clientId ?? "", true);
    await vi.waitFor(() => expect(outgoing.items).toHaveLength(0));
    expect(sent.map((s) => s.human_agent)).toEqual([undefined, true]);
    expect(sent[1]?.client_id).toBe(sent[0]?.client_id);
  });

  it("outlive the page, and wait there for a person", async () => {
    network(() => new Promise(() => undefined));
    useOutgoing().send(text("one"));
    const before = useOutgoing().items[0]?.clientId;
    setActivePinia(createPinia());
    const outgoing = useOutgoing();
    outgoing.open("another account");
    expect(outgoing.items).toEqual([]);
    outgoing.open("account");
    expect(outgoing.items).toMatchObject([{ clientId: before, text: "one", phase: "stuck", failure: "interrupted" }]);
  });

  it("leave when the server has them after all", async () => {
    network(() => "cut");
    const outgoing = useOutgoing();
    outgoing.send(text("one"));
    await vi.waitFor(() => expect(outgoing.items[0]?.phase).toBe("stuck"));
    outgoing.confirm([sampleMessage({ client_id: outgoing.items[0]?.clientId ?? "" })]);
    expect(outgoing.items).toEqual([]);
  });

  it("are not called failed when they got there and only the answer was lost", async () => {
    let cut: () => void = () => undefined;
    const sent = network((body) =>
      body.text === "one" ? new Promise((done) => (cut = () => done("cut"))) : taken(body),
    );
    const outgoing = useOutgoing();
    outgoing.send(text("one"));
    outgoing.send(text("two"));
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    outgoing.confirm([sampleMessage({ client_id: sent[0]?.client_id ?? "" })]);
    cut();
    await vi.waitFor(() => expect(sent.map((s) => s.text)).toEqual(["one", "two"]));
    await vi.waitFor(() => expect(outgoing.items).toEqual([]));
  });

  it("stand in the open thread as soon as they are taken", async () => {
    network((body) => (body.client_id ? taken(body) : { status: 200, data: { items: [], next_cursor: null } }));
    const thread = useThread();
    thread.id = "c1";
    useOutgoing().send(text("one"));
    await vi.waitFor(() => expect(thread.messages.map((m) => m.state)).toEqual(["queued"]));
  });
});
