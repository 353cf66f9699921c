import { flushPromises, mount } from "@vue/test-utils";
import type { AxiosResponse } from "axios";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Router } from "vue-router";
import { nextTick } from "vue";
import { api } from "@/api/client";
import { useNotices } from "@/features/notices/notices";
import { i18n } from "@/i18n";
import { useSession } from "@/stores/session";
import { keepPush } from "./keep";
import PushSection from "./PushSection.vue";
import { keepWisher, wisher } from "./wish";

vi.mock("vue-router", async (original) => ({ ...(await original<object>()), useRouter: () => router }));

const router = { push: vi.fn() } as unknown as Router;
const here = { account: "a1", username: "casa", user: "u1" };
const state = { available: true, public_key: "BAAB", subscribed: false };
let server: { available: boolean; public_key: string; subscribed: boolean };
let put: unknown[];
let kept: Map<string, string>;
let permission: NotificationPermission;
let made = 0; // subscriptions of the browser
let subscription: {
  endpoint: string;
  options: { applicationServerKey: ArrayBuffer };
  toJSON: () => object;
  unsubscribe: () => Promise<boolean>;
} | null;
let hear: (event: { data: unknown }) => void;
let failing: boolean;

function network() {
  api.defaults.adapter = (config) => {
    const answer = { status: 200, statusText: "", headers: {}, config } as AxiosResponse;
    if (config.method === "put") {
      put.push(JSON.parse(String(config.data)));
      server.subscribed = true;
    }
    if (config.method === "delete") server.subscribed = false;
    return Promise.resolve({ ...answer, data: { ...server } });
  };
}

/** A browser that can be told by push, as far as the page asks for one. */
function browser() {
  const registration = {
    unregister: vi.fn(() => Promise.resolve(true)),
    pushManager: {
      getSubscription: () => Promise.resolve(subscription),
      subscribe: ({ applicationServerKey }: { applicationServerKey: Uint8Array<ArrayBuffer> }) => {
        if (failing) return Promise.reject(new DOMException("push service error", "AbortError"));
        subscription = {
          endpoint: `https://push.example.com/${++made}`,
          options: { applicationServerKey: applicationServerKey.buffer },
          toJSON() {
            return { endpoint: this.endpoint, keys: { p256dh: "P", auth: "A" } };
          },
          unsubscribe: () => Promise.resolve(((subscription = null), true)),
        };
        return Promise.resolve(subscription);
      },
    },
  };
  vi.stubGlobal("PushManager", Object);
  vi.stubGlobal("Notification", {
    get permission() {
      return permission;
    },
    requestPermission: () => Promise.resolve((permission = "granted")),
  });
  vi.stubGlobal("navigator", {
    language: "en",
    serviceWorker: {
      ready: Promise.resolve(registration),
      register: () => Promise.resolve(registration),
      getRegistration: () => Promise.resolve(registration),
      addEventListener: (_: string, listener: typeof hear) => (hear = listener),
    },
  });
  vi.stubGlobal("caches", {
    open: () => Promise.resolve({ put: async (at: string, words: Response) => void kept.set(at, await words.text()) }),
    delete: () => Promise.resolve((kept.clear(), true)),
  });
}

async function section() {
  const page = mount(PushSection, { global: { plugins: [i18n] } });
  await flushPromises();
  return {
    page,
    text: () => page.find("[role=status]").text(),
    toggle: () => page.find("[role=switch]"),
    press: async () => {
      await page.find("[role=switch]").trigger("click");
      await flushPromises();
    },
  };
}

describe("the switch for push", () => {
  beforeEach(() => {
    localStorage.clear();
    [server, put, kept, permission, subscription, failing, made] = [
      { ...state },
      [],
      new Map(),
      "default",
      null,
      false,
      0,
    ];
    network();
    browser();
    setActivePinia(createPinia());
    useSession().$patch({
      account: { account_id: here.account, username: here.username } as never,
      user: { id: here.user } as never,
      permissions: ["notices:receive"],
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  it("has the device told, in the reader's words, and takes all of it back", async () => {
    const { text, toggle, press } = await section();
    expect([text(), toggle().attributes("aria-checked")]).toEqual(["Off.", "false"]);
    await press();
    expect([text(), toggle().attributes("aria-checked")]).toEqual(["On: this device is told.", "true"]);
    expect(put).toEqual([{ endpoint: "https://push.example.com/1", keys: { p256dh: "P", auth: "A" } }]);
    expect([...kept.values()].map((w) => JSON.parse(w) as unknown)).toEqual([
      { account: "casa", title: "@casa", one: "New message", many: "{n} new messages" },
    ]);
    expect(wisher()).toBe(here.user);
    await press();
    expect([toggle().attributes("aria-checked"), wisher(), kept.size, subscription]).toEqual(["false", "", 0, null]);
  });

  it("says why it cannot", async () => {
    permission = "denied";
    const denied = await section();
    expect([denied.text().slice(0, 29), denied.toggle().attributes("disabled")]).toEqual([
      "This browser does not allow n",
      "",
    ]);
    server = { available: false, public_key: "", subscribed: false };
    expect((await section()).text()).toContain("has not switched push on");
    vi.stubGlobal("PushManager", undefined);
    delete (window as { PushManager?: unknown }).PushManager;
    expect((await section()).text()).toContain("knows no push messages");
  });

  it("says that the browser's push service does not answer, and lets one try again", async () => {
    failing = true;
    const { text, toggle, press } = await section();
    await press();
    expect(text()).toContain("did not answer");
    expect(wisher()).toBe("");
    failing = false;
    expect(toggle().attributes("disabled")).toBeUndefined();
    await press();
    expect(text()).toBe("On: this device is told.");
  });

  it("keeps the quiet hours with the subscription", async () => {
    const { press } = await section();
    await press();
    Object.assign(useNotices().choices, { quiet: true, from: 60, to: 120 });
    await nextTick();
    await flushPromises();
    expect(put.at(-1)).toMatchObject({ quiet: { from: 60, to: 120, zone: expect.stringMatching(/./) as string } });
  });
});

describe("a device that was told", () => {
  beforeEach(() => {
    localStorage.clear();
    [server, put, kept, permission, subscription, failing, made] = [
      { ...state },
      [],
      new Map(),
      "granted",
      null,
      false,
      0,
    ];
    network();
    browser();
    setActivePinia(createPinia());
  });
  afterEach(() => vi.unstubAllGlobals());

  it("is subscribed again by the next sign-in, and goes where a notice leads", async () => {
    keepWisher(here.user);
    await keepPush(router, here);
    await keepPush(router, here);
    expect(made).toBe(1); // it is still the same
    server.public_key = "BAAC";
    await keepPush(router, here); // the installation has another key
    expect(put.map((body) => (body as { endpoint: string }).endpoint.slice(-1))).toEqual(["1", "1", "2"]);
    hear({ data: { open: "/a/casa/inbox/c1" } });
    expect(router.push).toHaveBeenCalledExactlyOnceWith("/a/casa/inbox/c1");
    for (const data of [null, { open: 1 }, { open: "https://evil.example/a/" }, { open: "//evil.example" }, "x"])
      hear({ data });
    expect(router.push).toHaveBeenCalledOnce();
  });

  it("is left alone when the browser or the installation does not want it any more", async () => {
    permission = "denied";
    await keepPush(router, here);
    permission = "granted";
    server.available = false;
    await keepPush(router, here);
    expect(put).toHaveLength(0);
  });
});
