import { beforeEach, describe, expect, it, vi } from "vitest";
import source from "../../../public/push-worker.js?raw";

type Listener = (event: Record<string, unknown>) => void;
interface Shown {
  title: string;
  options: { body: string; tag: string; data: { path: string } };
}
interface Page {
  url: string;
  visibilityState: string;
  postMessage: (message: unknown) => void;
  focus: () => Promise<void>;
}

const words = { account: "casa.lumen", title: "@casa.lumen", one: "Neue Nachricht", many: "{n} neue Nachrichten" };
let shown: Shown[];
let pages: Page[];
let opened: string[];
let told: unknown[];
const listeners = new Map<string, Listener>();

const page = (path: string, visibilityState: string): Page => ({
  url: `https://inbox.example${path}`,
  visibilityState,
  postMessage: (message) => void told.push(message),
  focus: () => Promise.resolve(),
});

/** Runs the worker's script in a browser's worker, as far as it asks for one. */
function start(kept: Record<string, unknown>) {
  const self = {
    location: new URL("https://inbox.example/push-worker.js"),
    registration: {
      showNotification: (title: string, options: Shown["options"]) =>
        Promise.resolve(void shown.push({ title, options })),
    },
    clients: {
      matchAll: () => Promise.resolve(pages),
      openWindow: (path: string) => Promise.resolve(void opened.push(path)),
    },
    addEventListener: (name: string, listener: Listener) => void listeners.set(name, listener),
    skipWaiting: () => Promise.resolve(),
  };
  const caches = {
    match: (at: URL) =>
      Promise.resolve(kept[at.pathname] ? new Response(JSON.stringify(kept[at.pathname])) : undefined),
  };
  new Function("self", "caches", source)(self, caches);
}

/** Hands an event to the worker, and waits as long as it asks to. */
async function happen(name: string, event: Record<string, unknown>) {
  const waits: Promise<unknown>[] = [];
  listeners.get(name)?.({ ...event, waitUntil: (p: Promise<unknown>) => waits.push(p) });
  await Promise.all(waits);
}

const pushed = (news: unknown) => happen("push", { data: { json: () => news } });
const news = { kind: "message", account_id: "a1", conversation_id: "c1", unread: 1 };

describe("the worker", () => {
  beforeEach(() => {
    [shown, pages, opened, told] = [[], [], [], []];
    listeners.clear();
    start({ "/push-words/a1": words });
  });

  it("says in the reader's words how much is new, and nothing else", async () => {
    await pushed(news);
    await pushed({ ...news, conversation_id: undefined, unread: 4 });
    expect(shown.map((n) => [n.title, n.options.body, n.options.tag, n.options.data.path])).toEqual([
      ["@casa.lumen", "Neue Nachricht", "a1/c1", "/a/casa.lumen/inbox/c1"],
      ["@casa.lumen", "4 neue Nachrichten", "a1/", "/a/casa.lumen/inbox"],
    ]);
  });

  it("shows something also for what it does not understand, for a browser asks that of it", async () => {
    await happen("push", { data: null });
    await pushed({ ...news, account_id: "unknown" });
    expect(shown.map((n) => [n.title, n.options.body, n.options.data.path])).toEqual([
      ["Parlor", "New message", "/"],
      ["Parlor", "New message", "/"],
    ]);
  });

  it("leaves it to a page of the account that is in sight", async () => {
    pages = [page("/a/casa.lumen/inbox/c1", "visible")];
    await pushed(news);
    expect(shown).toHaveLength(0);
    pages = [
      page("/a/casa.lumen/inbox/c1", "hidden"),
      page("/a/casa.lumen2/inbox", "visible"),
      page("/login", "visible"),
    ];
    await pushed(news);
    expect(shown).toHaveLength(1);
  });

  it("leads to the conversation, in a page of the account if there is one", async () => {
    const notification = { close: vi.fn(), data: { account: "casa.lumen", path: "/a/casa.lumen/inbox/c1" } };
    pages = [page("/login", "visible")];
    await happen("notificationclick", { notification });
    expect(opened).toEqual(["/a/casa.lumen/inbox/c1"]);
    pages.push(page("/a/casa.lumen/settings/team", "hidden"));
    await happen("notificationclick", { notification });
    expect(told).toEqual([{ open: "/a/casa.lumen/inbox/c1" }]);
    expect(opened).toHaveLength(1);
    expect(notification.close).toHaveBeenCalledTimes(2);
  });

  it("answers no request of a page: nothing is kept", () => {
    expect([...listeners.keys()].sort()).toEqual(["install", "notificationclick", "push"]);
  });
});
