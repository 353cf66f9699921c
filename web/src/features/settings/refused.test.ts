import { flushPromises, mount } from "@vue/test-utils";
import { AxiosError, AxiosHeaders, type AxiosResponse } from "axios";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { api } from "@/api/client";
import HealthTab from "@/features/staff/HealthTab.vue";
import { i18n } from "@/i18n";
import { useSession } from "@/stores/session";
import DevicesPage from "./DevicesPage.vue";
import TeamPage from "./TeamPage.vue";

const lists: Record<string, unknown[]> = {
  "/api/v1/ui/members": [{ user_id: "u1", name: "Noor", role: "owner", you: false, last_seen_at: null }],
  "/api/v1/ui/invitations": [
    { id: "i1", label: "Night shift", role: "agent", state: "pending", expires_at: "2126-01-01T00:00:00Z" },
  ],
  "/api/v1/ui/sessions": [
    {
      id: "s1",
      user_agent: "",
      address: "::1",
      current: false,
      last_seen_at: "2026-11-20T12:00:00Z",
      created_at: "2026-11-20T12:00:00Z",
    },
  ],
};

/** Reading works, until told otherwise; every change is refused. */
function network(reads: () => boolean = () => true) {
  api.defaults.adapter = (config) => {
    const answer = { status: 200, statusText: "", headers: {}, config } as AxiosResponse;
    if (config.method === "get" && reads())
      return Promise.resolve({ ...answer, data: { items: lists[config.url ?? ""] ?? [], ...health } });
    const refusal = { ...answer, status: 409, data: { code: "last_owner" } };
    return Promise.reject(
      new AxiosError("no", "ERR", { ...config, headers: new AxiosHeaders(config.headers) }, null, refusal),
    );
  };
}
const health = {
  version: "1",
  providers: [],
  revocations_age_ms: 0,
  deliveries: { open: 0, oldest_open_seconds: 0, failed: 0 },
  queue: {},
  accounts: {},
};
const global = { plugins: [i18n], stubs: { SettingsFrame: { template: "<div><slot /></div>" }, InviteForm: true } };
const said = "The account needs an owner";

describe("a change that is refused", () => {
  beforeEach(() => {
    setActivePinia(createPinia());
    useSession().permissions = ["members:read", "members:manage"];
    vi.stubGlobal("fetch", () => new Promise(() => undefined));
    network();
  });

  it("leaves a role as it is, and says why", async () => {
    const page = mount(TeamPage, { global });
    await flushPromises();
    const role = page.get<HTMLSelectElement>("select");
    await role.setValue("viewer");
    await flushPromises();
    expect([role.element.value, page.get("[role=alert]").text().includes(said)]).toEqual(["owner", true]);
    page.unmount();
  });

  it.each([
    ["an invitation", TeamPage, "Take back"],
    ["a sign-in", DevicesPage, "Sign out"],
  ])("is not silent for %s", async (_, component, label) => {
    const page = mount(component, { global });
    await flushPromises();
    await page
      .findAll("button")
      .find((b) => b.text() === label)
      ?.trigger("click");
    await flushPromises();
    expect(page.get("[role=alert]").text()).toContain(said);
    page.unmount();
  });
});

describe("numbers that cannot be read again", () => {
  it("stay, and say that they are old", async () => {
    let reads = true;
    network(() => reads);
    const tab = mount(HealthTab, { global });
    await flushPromises();
    reads = false;
    await tab.get("button").trigger("click");
    await flushPromises();
    expect([tab.find("dl").exists(), tab.get("[role=alert]").text().includes(said)]).toEqual([true, true]);
  });
});
