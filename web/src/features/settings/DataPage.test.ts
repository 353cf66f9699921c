import { flushPromises, mount } from "@vue/test-utils";
import { AxiosError, AxiosHeaders, type AxiosResponse } from "axios";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { api } from "@/api/client";
import EraseCustomerDialog from "@/features/erase/EraseCustomerDialog.vue";
import { i18n } from "@/i18n";
import DataPage from "./DataPage.vue";

const amara = { id: "p1", username: "amara", name: "Amara Lee", conversation_id: "c1" };
let asked: string[] = [];
let down = false;

function network() {
  asked = [];
  down = false;
  api.defaults.adapter = (config) => {
    const answer = { status: 200, statusText: "", headers: {}, config } as AxiosResponse;
    const { q } = (config.params ?? {}) as { q?: string };
    asked.push(`${config.method} ${config.url}${q ? `?${q}` : ""}`);
    if (down)
      return Promise.reject(
        new AxiosError("no", "ERR", { ...config, headers: new AxiosHeaders(config.headers) }, null, {
          ...answer,
          status: 503,
          data: { code: "unavailable" },
        }),
      );
    if (config.url === "/api/v1/ui/retention")
      return Promise.resolve({ ...answer, data: { raw_seconds: 129_600, unreadable_seconds: 259_200, media_days: 0 } });
    if (config.method === "delete")
      return Promise.resolve({ ...answer, data: { id: "r1", erased_at: "2026-11-20T12:00:00Z", removed: {} } });
    return Promise.resolve({ ...answer, data: { items: q === "amara" ? [amara] : [] } });
  };
}
const global = { plugins: [i18n], stubs: { SettingsFrame: { template: "<div><slot /></div>" } } };

async function find(text: string) {
  const page = mount(DataPage, { global });
  await page.find("input").setValue(text);
  await page.find("form").trigger("submit");
  await flushPromises();
  return page;
}

describe("the page of the account's data", () => {
  beforeEach(() => {
    setActivePinia(createPinia());
    vi.stubGlobal("fetch", () => new Promise(() => undefined));
    network();
  });

  it("says in words how long things stay", async () => {
    const page = mount(DataPage, { global });
    await flushPromises();
    expect(page.text()).toContain("36 hours after it was applied");
    expect(page.text()).toContain("3 days at most");
    expect(page.text()).toContain("none are made");
  });

  it("offers another try when that cannot be read", async () => {
    down = true;
    const page = mount(DataPage, { global });
    await flushPromises();
    down = false;
    await page.find("[role=alert] button").trigger("click");
    await flushPromises();
    expect(page.text()).toContain("36 hours");
  });

  it("says that nobody has a name", async () => {
    expect((await find("nobody")).text()).toContain("Nobody here has that name");
  });

  it("says why nobody could be looked for", async () => {
    const page = mount(DataPage, { global });
    await flushPromises();
    down = true;
    await page.find("input").setValue("amara");
    await page.find("form").trigger("submit");
    await flushPromises();
    expect(page.text()).toContain("Parlor is busy");
  });

  it("erases whom it found, and no longer lists them", async () => {
    const page = await find(" amara ");
    expect(asked).toContain("get /api/v1/ui/participants?amara");
    await page.findAll("li button")[0]?.trigger("click");
    await vi.dynamicImportSettled();
    await flushPromises();
    const dialog = page.findComponent(EraseCustomerDialog);
    expect(dialog.props()).toMatchObject({ participant: "p1", conversation: "c1", name: "Amara Lee" });
    expect(asked.some((a) => a.startsWith("delete"))).toBe(false);
    const press = async (text: string) => {
      [...document.querySelectorAll<HTMLElement>("[role=dialog] button")].find((b) => b.textContent === text)?.click();
      await flushPromises();
    };
    await press("Erase for good");
    expect(asked).toContain("delete /api/v1/ui/participants/p1");
    expect(document.querySelector("[role=dialog]")?.textContent).toContain("Everything was removed");
    await press("Close");
    expect(page.findAll("li")).toHaveLength(0);
  });
});
