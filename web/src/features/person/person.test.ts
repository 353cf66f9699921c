import { flushPromises } from "@vue/test-utils";
import type { AxiosResponse, InternalAxiosRequestConfig } from "axios";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import { api } from "@/api/client";
import { usePerson } from "./person";

const person = (id: string) => ({ id, name: id, username: null });
const message = (id: string) => ({
  id,
  sent_at: "2026-03-01T12:00:00Z",
  attachments: [{ id: `a-${id}`, type: "image" }],
});

/** Answers by what was asked for; an answer that is undefined is a refusal. */
function network(answer: (url: string, cursor: unknown) => unknown) {
  api.defaults.adapter = (config: InternalAxiosRequestConfig) => {
    const params = config.params as { cursor?: string } | undefined;
    const given = answer(config.url ?? "", params?.cursor);
    return Promise.resolve(given).then((data) =>
      data === undefined
        ? Promise.reject(new Error("refused"))
        : ({ status: 200, data, statusText: "", headers: {}, config } as AxiosResponse),
    );
  };
}

describe("the person of a conversation", () => {
  beforeEach(() => {
    localStorage.clear();
    setActivePinia(createPinia());
  });

  it("is read with what was shared, and more of it when that is asked for", async () => {
    network((url, cursor) => {
      if (url.endsWith("/person")) return person("p1");
      return cursor ? { items: [message("m1")], next_cursor: null } : { items: [message("m2")], next_cursor: "older" };
    });
    const store = usePerson();
    await store.load("c1");
    expect([store.state, store.person?.id, store.shared.map((s) => s.message)]).toEqual(["ready", "p1", ["m2"]]);
    await store.more();
    await store.more(); // there is no more
    expect(store.shared.map((s) => s.message)).toEqual(["m2", "m1"]);
  });

  it("is the one of the conversation that is open now, however late an answer comes", async () => {
    const late: ((data: unknown) => void)[] = [];
    network((url) => {
      if (url.includes("/c1/")) return new Promise((answer) => late.push(answer));
      return url.endsWith("/person") ? person("p2") : { items: [], next_cursor: null };
    });
    const store = usePerson();
    const first = store.load("c1");
    await flushPromises();
    await store.load("c2");
    late.forEach((answer) => answer({ ...person("p1"), items: [message("m1")], next_cursor: "x" }));
    await first;
    expect([store.person?.id, store.shared, store.next]).toEqual(["p2", [], null]);
  });

  it("says when it could not be read, and keeps what it knows when reading again fails", async () => {
    let up = false;
    network((url) => (up ? (url.endsWith("/person") ? person("p1") : { items: [], next_cursor: null }) : undefined));
    const store = usePerson();
    await store.load("c1");
    expect(store.state).toBe("failed");
    up = true;
    await store.load("c1");
    up = false;
    await store.load("c1");
    expect([store.state, store.person?.id]).toEqual(["ready", "p1"]);
  });

  it("stays beside the thread or away, as it was left", () => {
    usePerson().setBeside(false);
    setActivePinia(createPinia());
    expect(usePerson().beside).toBe(false);
    usePerson().setBeside(true);
    setActivePinia(createPinia());
    expect(usePerson().beside).toBe(true);
  });
});
