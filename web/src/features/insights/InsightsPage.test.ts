import { flushPromises, mount } from "@vue/test-utils";
import { AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from "axios";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory, createRouter } from "vue-router";
import { api } from "@/api/client";
import type { Insights, InsightsDay } from "@/api/types";
import { i18n } from "@/i18n";
import InsightsPage from "./InsightsPage.vue";
import { seriesOf, waitText } from "./metrics";

vi.mock("./DayChart.vue", () => ({
  __esModule: true,
  default: { props: ["dates", "series", "metric", "label"], template: `<div class="chart">{{ label }}</div>` },
}));

const waits = (count: number, median: number | null) => ({ count, median_seconds: median, p90_seconds: median });
const day = (date: string, inbound: number): InsightsDay => ({
  date,
  inbound,
  outbound: 1,
  missed_windows: 0,
  first_replies: waits(inbound && 1, inbound ? 600 : null),
});
const some: Insights = {
  from: "2026-11-01",
  to: "2026-11-02",
  zone: "UTC",
  total: { inbound: 1200, outbound: 2, missed_windows: 3, first_replies: waits(1, 600) },
  days: [day("2026-11-01", 0), day("2026-11-02", 1200)],
  senders: [
    { kind: "member", member: { user_id: "u1", name: "Mia" }, replies: 7, first_replies: waits(1, 600) },
    { kind: "member", member: { user_id: "u2", name: "" }, replies: 2, first_replies: waits(0, null) },
    { kind: "other_app", member: null, replies: 1, first_replies: waits(0, null) },
  ],
  everybody: true,
  imported: 0,
};
const none: Insights = {
  ...some,
  total: { inbound: 0, outbound: 0, missed_windows: 0, first_replies: waits(0, null) },
  senders: [],
};

let answer: Insights | number;
let asked: Record<string, string>[];

async function open(query: string) {
  const blank = { template: "<div />" };
  const routes = [
    { path: "/a/:username/insights", name: "insights", component: blank },
    { path: "/a/:username/inbox/:conversation?", name: "inbox", component: blank },
  ];
  const router = createRouter({ history: createMemoryHistory(), routes });
  await router.push(`/a/mia.shop/insights${query}`);
  const stubs = { AppFrame: { template: "<div><slot /></div>" } };
  const page = mount(InsightsPage, { global: { plugins: [i18n, router], stubs } });
  await flushPromises();
  return { page, router };
}

describe("the page of insights", () => {
  beforeEach(() => {
    setActivePinia(createPinia());
    vi.stubGlobal("fetch", () => new Promise(() => undefined));
    asked = [];
    api.defaults.adapter = (config: InternalAxiosRequestConfig) => {
      asked.push(config.params as Record<string, string>);
      const response = { status: 200, data: answer, statusText: "", headers: {}, config } as AxiosResponse;
      if (typeof answer !== "number") return Promise.resolve(response);
      const data = { code: answer === 422 ? "range_too_large" : "unavailable" };
      return Promise.reject(new AxiosError("no", "", config, null, { ...response, status: answer, data }));
    };
  });

  it("shows the figures, a chart with words for it, and the same as a table", async () => {
    answer = some;
    const { page } = await open("?from=2026-11-01&to=2026-11-02");
    expect(asked).toEqual([
      { from: "2026-11-01", to: "2026-11-02", zone: Intl.DateTimeFormat().resolvedOptions().timeZone },
    ]);
    expect(
      page
        .findAll("dd")
        .slice(0, 4)
        .map((d) => d.get("span").text()),
    ).toEqual(["1,200", "2", "10m", "3"]);
    expect(page.get(".chart").text()).toMatch(/Messages from customers by day.*1,200.*Nov 2/);
    expect(page.findAll("tbody th").map((h) => h.text())).toEqual(["Mia", "Somebody who left", "Other apps and bots"]);
    await page
      .findAll("button")
      .find((b) => b.text() === "Show as table")
      ?.trigger("click");
    expect(page.find(".chart").exists()).toBe(false);
    const rows = page.get("[tabindex='0']").findAll("tbody tr");
    expect(rows.map((r) => r.findAll("td").map((d) => d.text()))).toEqual([
      ["1,200", "1", "1", "10m", "10m", "0"],
      ["0", "1", "0", "–", "–", "0"],
    ]);
    page.unmount();
  });

  it("asks anew for other days, and keeps them in the address", async () => {
    answer = some;
    const { page, router } = await open("");
    await page.findAll("input[name='range']")[0]?.trigger("change");
    await flushPromises();
    expect(router.currentRoute.value.query).toEqual({ days: "7" });
    expect(asked).toHaveLength(2);
    await page.findAll("input[name='range']")[3]?.trigger("change");
    await page.findAll("input[type='date']")[0]?.setValue("2020-01-01");
    await page.get("form").trigger("submit");
    expect(page.get("[role='alert']").text()).toContain("366");
    expect(asked).toHaveLength(2);
    page.unmount();
  });

  it("tells empty days from figures that could not be had", async () => {
    answer = none;
    const empty = await open("");
    expect(empty.page.text()).toContain("No messages in these days");
    expect(empty.page.find("table").exists()).toBe(false);
    empty.page.unmount();

    answer = 422;
    const failed = await open("");
    expect(failed.page.text()).toContain("more than a million messages");
    answer = some;
    await failed.page
      .findAll("button")
      .find((b) => b.text() === "Try again")
      ?.trigger("click");
    await flushPromises();
    expect(failed.page.text()).toContain("Mia");
    expect(failed.page.find("[role='alert']").exists()).toBe(false);
    failed.page.unmount();
  });
});

describe("figures", () => {
  it("are none where nobody waited", () => {
    expect(seriesOf("firstReply", some.days)[0]?.values).toEqual([null, 600]);
    expect(waitText(null)).toBe("–");
    expect(waitText(20)).toBe("<1m");
  });
});
