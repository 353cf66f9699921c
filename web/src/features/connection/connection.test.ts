import { flushPromises, mount } from "@vue/test-utils";
import { AxiosError, AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from "axios";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory, createRouter } from "vue-router";
import { api } from "@/api/client";
import type { Connection, LedgerEvent } from "@/api/types";
import { i18n } from "@/i18n";
import { useSession } from "@/stores/session";
import { useConnection } from "./connection";
import ConnectionBanner from "./ConnectionBanner.vue";
import DangerZone from "./DangerZone.vue";
import EventList from "./EventList.vue";
import HealthCard from "./HealthCard.vue";
import ImportCard from "./ImportCard.vue";
import StatusCard from "./StatusCard.vue";

const sample = (over: Partial<Connection> = {}): Connection => ({
  status: "active",
  status_reason: "",
  status_at: "2026-11-20T12:00:00Z",
  instagram_user_id: "178",
  username: "shop",
  expires_at: "2027-01-01T12:00:00Z",
  days_left: 41,
  alarm: 0,
  permissions: ["instagram_business_basic"],
  missing_permissions: [],
  subscribed_fields: ["messages"],
  subscribed: true,
  last_webhook_at: "2026-11-20T12:00:00Z",
  refreshed_at: null,
  refresh_fault: "",
  proved_at: "2026-11-20T12:00:00Z",
  proof_fault: "",
  human_agent: { allowed: true, confirmed: false },
  can_reconnect: true,
  ledger: { received: 3, applied: 1, skipped: 1, pending: 0, failed: 1 },
  backfill: null,
  ...over,
});
const backfill = (over = {}): NonNullable<Connection["backfill"]> => ({
  state: "running",
  cause: "connect",
  phase: "read",
  conversations_seen: 128,
  conversations_total: 300,
  messages: 2210,
  recovered: 0,
  rate_per_second: 1.9,
  seconds_left: 150,
  started_at: "2026-11-20T12:00:00Z",
  finished_at: null,
  fault: "",
  ...over,
});

/** Stands where the network is. */
function network(answer: (request: InternalAxiosRequestConfig) => { status: number; data?: unknown }) {
  const sent: InternalAxiosRequestConfig[] = [];
  api.defaults.adapter = (config) => {
    sent.push(config);
    const given = answer(config);
    const response = { ...given, statusText: "", headers: {}, config } as AxiosResponse;
    if (given.status < 400) return Promise.resolve(response);
    const headers = new AxiosHeaders(config.headers);
    return Promise.reject(new AxiosError("no", "ERR", { ...config, headers }, null, response));
  };
  return sent;
}

const router = createRouter({
  history: createMemoryHistory(),
  routes: [
    { path: "/a/:username/settings/connection", name: "connection", component: { template: "<p />" } },
    { path: "/a/:username/settings/data", name: "data", component: { template: "<p />" } },
  ],
});
const global = { plugins: [i18n, router] };

describe("the connection", () => {
  beforeEach(async () => {
    setActivePinia(createPinia());
    const session = useSession();
    session.permissions = ["connection:manage"];
    session.account = { account_id: "a1", username: "shop", name: "Shop", profile_picture_url: null, status: "active" };
    await router.push("/a/shop/settings/connection");
  });

  it.each<[string, Partial<Connection>, string[]]>([
    ["works", {}, ["Connected", "41 days left"]],
    ["runs out", { alarm: 7, days_left: 7 }, ["something to do", "7 days of access left"]],
    [
      "was lost",
      { status: "needs_reconnect", status_reason: "password_changed" },
      ["sign in again", "password was changed"],
    ],
    [
      "was lost for a reason of a later version",
      { status: "needs_reconnect", status_reason: "novelty" },
      ["does not accept"],
    ],
    ["was ended", { status: "disconnected", status_reason: "owner", days_left: null }, ["Disconnected", "An owner"]],
  ])("says that it %s", (_, over, texts) => {
    const text = mount(StatusCard, { props: { view: sample(over) }, global }).text();
    for (const expected of texts) expect(text).toContain(expected);
  });

  it("goes to Instagram to connect again, and says why when it cannot", async () => {
    const gone = vi.spyOn(window.location, "assign").mockImplementation(() => undefined);
    let status = 200;
    const sent = network(() => ({
      status,
      data: status === 200 ? { location: "https://ig.example/ask" } : { code: "forbidden" },
    }));
    const card = mount(StatusCard, { props: { view: sample({ status: "needs_reconnect" }) }, global });
    await card.get("button").trigger("click");
    await flushPromises();
    expect(gone).toHaveBeenCalledWith("https://ig.example/ask");
    expect(sent[0]?.url).toBe("/api/v1/ui/connection/reconnect");
    status = 403;
    const again = mount(StatusCard, { props: { view: sample() }, global });
    await again.get("button").trigger("click");
    await flushPromises();
    expect(again.find('[role="alert"]').exists()).toBe(true);
    gone.mockRestore();
  });

  it("lets only owners connect again", () => {
    useSession().permissions = ["connection:read"];
    const card = mount(StatusCard, { props: { view: sample({ status: "needs_reconnect" }) }, global });
    expect(card.find("button").exists()).toBe(false);
    expect(card.text()).toContain("An owner of this account can connect it again.");
  });

  it("names what is missing and what to do about it", () => {
    const view = sample({
      missing_permissions: ["instagram_business_manage_messages"],
      subscribed: false,
      proof_fault: "temporary",
    });
    const text = mount(HealthCard, { props: { view }, global }).text();
    expect(text).toContain("Read and answer messages (missing)");
    expect(text).toContain("leave every box ticked");
    expect(text).toContain("does not send us new messages");
    expect(text).toContain("The last try did not work");
  });

  it("shows an import with its progress, and how many messages it recovered", () => {
    const running = mount(ImportCard, { props: { backfill: backfill() }, global });
    expect(running.get("progress").attributes("value")).toBe("42");
    expect(running.text()).toContain("128 of 300");
    expect(running.text()).toContain("2m");
    const done = backfill({ state: "done", cause: "gap", recovered: 3, finished_at: "2026-11-20T12:00:00Z" });
    const ended = mount(ImportCard, { props: { backfill: done }, global });
    expect(ended.find("progress").exists()).toBe(false);
    expect(ended.text()).toContain("3 messages recovered");
  });

  it("is forgotten when another account is opened", () => {
    const [session, connection] = [useSession(), useConnection()];
    connection.view = sample();
    connection.state = "ready";
    session.account = { account_id: "a2", username: "b", name: "B", profile_picture_url: null, status: "active" };
    expect([connection.view, connection.state]).toEqual([null, "loading"]);
  });

  it("has a banner in the inbox only when there is something to say", async () => {
    const connection = useConnection();
    const banner = mount(ConnectionBanner, { global });
    const shown = async (over: Partial<Connection>) => {
      connection.view = sample(over);
      await banner.vm.$nextTick();
      return banner.text();
    };
    expect(await shown({})).toBe("");
    expect(await shown({ backfill: backfill() })).toContain("128 of 300");
    expect(await shown({ alarm: 2, days_left: 1 })).toContain("ends in 1 day ");
    expect(await shown({ status: "disconnected" })).toContain("disconnected from Instagram");
  });

  it("lists events by outcome, page by page, and replays a failed one", async () => {
    const event = (id: string, outcome: LedgerEvent["outcome"]): LedgerEvent => ({
      id,
      kind: "message",
      outcome,
      reason: outcome === "failed" ? "refused" : "",
      at: null,
      received_at: "2026-11-20T12:00:00Z",
      settled_at: null,
      replayable: outcome === "failed",
    });
    const sent = network(({ method, params }) => {
      if (method === "post") return { status: 200, data: event("d.1", "applied") };
      const items = params.cursor ? [event("d.2", params.outcome)] : [event("d.1", params.outcome)];
      return { status: 200, data: { items, next_cursor: params.cursor ? null : "more" } };
    });
    const list = mount(EventList, { props: { ledger: sample().ledger }, global });
    await flushPromises();
    const press = async (name: string) => {
      await list
        .findAll("button")
        .find((b) => b.text().startsWith(name))
        ?.trigger("click");
      await flushPromises();
    };
    expect(list.text()).toContain("It could not be stored.");
    await press("Try again");
    expect(sent.at(-1)?.url).toBe("/api/v1/ui/connection/events/d.1/replay");
    expect(list.text()).toContain("Applied");
    await press("Show more");
    expect(list.findAll("li")).toHaveLength(2);
    await press("Skipped");
    expect(sent.at(-1)?.params).toMatchObject({ outcome: "skipped" });
    expect(list.findAll("li")).toHaveLength(1);
    expect(list.findAll("button").some((b) => b.text() === "Try again")).toBe(false);
  });

  it("asks before it disconnects", async () => {
    const sent = network(() => ({ status: 200, data: sample({ status: "disconnected" }) }));
    const zone = mount(DangerZone, { props: { status: "active" }, global, attachTo: document.body });
    await zone.get("button").trigger("click");
    await flushPromises();
    expect(sent).toEqual([]);
    const confirm = [...document.querySelectorAll("button")].find((b) => b.textContent?.trim() === "Disconnect");
    confirm?.click();
    await flushPromises();
    expect(sent.map((s) => [s.method, s.url])).toEqual([
      ["post", "/api/v1/ui/connection/disconnect"],
      ["get", "/api/v1/ui/connection"],
    ]);
    zone.unmount();
  });
});
