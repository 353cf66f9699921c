import { AxiosError, AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from "axios";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { api } from "@/api/client";
import type { Draft } from "@/api/types";
import { useDrafts } from "./drafts";

/** A server that keeps drafts as ours does; what reaches it, and when its answers come, the test decides. */
class Server {
  rows = new Map<string, Draft>();
  writes: string[] = [];
  clock = 1000;
  fate: "answer" | "lose" | "hold" = "answer";
  held: (() => void)[] = [];

  store(conversation: string, mode: "reply" | "note", text: string): void {
    this.rows.set(`${conversation} ${mode}`, { conversation_id: conversation, mode, text, revision: ++this.clock });
  }

  async answer(config: InternalAxiosRequestConfig): Promise<AxiosResponse> {
    const fate = this.fate;
    const data = config.method === "get" ? this.list() : this.keep(config);
    if (fate === "hold") await new Promise<void>((go) => this.held.push(go));
    if (fate === "lose") throw new AxiosError("cut", "ERR_NETWORK", { ...config, headers: new AxiosHeaders() });
    return { status: 200, data, statusText: "", headers: {}, config } as AxiosResponse;
  }

  private list() {
    return { items: [...this.rows.values()].filter((d) => d.text) };
  }

  private keep(config: InternalAxiosRequestConfig) {
    const conversation = config.url?.split("/").at(-2) ?? "";
    const { mode, text, revision } = JSON.parse(String(config.data)) as Draft;
    this.writes.push(text);
    const now = this.rows.get(`${conversation} ${mode}`);
    const kept = (now?.revision ?? 0) === revision;
    if (kept) this.store(conversation, mode, text);
    return { kept, draft: this.rows.get(`${conversation} ${mode}`) };
  }
}

let server: Server;
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const textOnServer = (mode = "reply") => server.rows.get(`c1 ${mode}`)?.text;

async function device(onServer = true) {
  setActivePinia(createPinia());
  const drafts = useDrafts();
  drafts.open("a1", "u1", onServer);
  await wait(0);
  return drafts;
}

describe("drafts", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    localStorage.clear();
    server = new Server();
    api.defaults.adapter = (config) => server.answer(config);
  });
  afterEach(() => vi.useRealTimers());

  it("are written to the server when the person pauses, each mode for itself", async () => {
    const drafts = await device();
    for (const text of ["H", "He", "Hey"]) {
      drafts.write("c1", text);
      await wait(300);
    }
    drafts.write("c1", "odd", "note");
    await wait(2_000);
    expect(server.writes).toEqual(["Hey", "odd"]);
    expect([textOnServer(), textOnServer("note")]).toEqual(["Hey", "odd"]);
  });

  it("show on the person’s other devices, and go there when they are sent", async () => {
    server.store("c1", "reply", "From the phone");
    const drafts = await device();
    expect(drafts.textOf("c1")).toBe("From the phone");
    server.store("c1", "reply", "");
    drafts.hear("c1", server.clock);
    await wait(1_000);
    expect(drafts.textOf("c1")).toBe("");
    expect(server.writes).toEqual([]);
  });

  it("wait for each other, so that a sent draft is not written again behind its end", async () => {
    const drafts = await device();
    server.fate = "hold";
    drafts.write("c1", "Hello");
    await wait(1_000);
    drafts.write("c1", "");
    await wait(2_000);
    expect(server.writes).toEqual(["Hello"]);
    server.fate = "answer";
    server.held.forEach((go) => go());
    await wait(2_000);
    expect(server.writes).toEqual(["Hello", ""]);
    expect(textOnServer()).toBe("");
    await drafts.load();
    expect(drafts.textOf("c1")).toBe("");
  });

  it("do not come back by a write whose answer was lost", async () => {
    const drafts = await device();
    server.fate = "lose";
    drafts.write("c1", "Hello");
    await wait(1_000);
    server.fate = "answer";
    drafts.write("c1", "");
    await wait(30_000);
    expect([drafts.textOf("c1"), textOnServer()]).toEqual(["", ""]);
  });

  it("lose nothing that was typed while another device wrote, or while they were read", async () => {
    const drafts = await device();
    server.store("c1", "reply", "From the phone");
    drafts.write("c1", "From here");
    await wait(3_000);
    expect(drafts.textOf("c1")).toBe("From the phone\nFrom here");
    expect(textOnServer()).toBe("From the phone\nFrom here");
    server.fate = "hold";
    server.store("c1", "reply", "older");
    const reading = drafts.load();
    await wait(0);
    server.fate = "answer";
    drafts.write("c1", "typed meanwhile");
    server.held.forEach((go) => go());
    await reading;
    expect(drafts.textOf("c1")).toBe("typed meanwhile");
  });

  it("outlive a reload before they were written, and are written then", async () => {
    (await device()).write("c1", "Hello");
    const again = await device();
    expect(again.textOf("c1")).toBe("Hello");
    await wait(2_000);
    expect(textOnServer()).toBe("Hello");
  });

  it("stay in the browser of whoever may keep none on the server, and another person’s out of sight", async () => {
    const drafts = await device(false);
    drafts.write("c1", "Hello");
    await wait(20_000);
    expect(server.writes).toEqual([]);
    drafts.open("a1", "u2", false);
    expect(drafts.textOf("c1")).toBe("");
  });
});
