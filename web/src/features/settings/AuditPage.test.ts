import { flushPromises, mount } from "@vue/test-utils";
import type { AxiosResponse, InternalAxiosRequestConfig } from "axios";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { api } from "@/api/client";
import { i18n } from "@/i18n";
import { useSession } from "@/stores/session";
import AuditPage from "./AuditPage.vue";

const line = (seq: number, id: string, name: string) => ({
  seq,
  at: "2026-11-20T12:00:00Z",
  actor: { kind: "user", id, name },
  action: "session.started",
  target: "",
  detail: {},
  support_grant_id: null,
});
const all = [line(2, "u-helen", "Helen of support"), line(1, "u-mika", "Mika")];

describe("the page of the log", () => {
  beforeEach(() => {
    setActivePinia(createPinia());
    useSession().permissions = ["audit:read", "members:read"];
    vi.stubGlobal("fetch", () => new Promise(() => undefined));
  });

  it("shows what one person did, of the members and of everybody that the lines name", async () => {
    const asked: unknown[] = [];
    api.defaults.adapter = (config: InternalAxiosRequestConfig) => {
      const { actor } = (config.params ?? {}) as { actor?: string };
      const members = [{ user_id: "u-noor", name: "Noor" }];
      const lines = all.filter((l) => !actor || l.actor.id === actor);
      if (config.url?.endsWith("/audit")) asked.push(actor);
      const data = config.url?.endsWith("/members")
        ? { items: members }
        : { items: lines, next_cursor: null, actions: ["session.started"] };
      return Promise.resolve({ status: 200, data, statusText: "", headers: {}, config } as AxiosResponse);
    };
    const page = mount(AuditPage, {
      global: { plugins: [i18n], stubs: { SettingsFrame: { template: "<div><slot /></div>" } } },
    });
    await flushPromises();
    const who = page.get("select");
    expect(who.findAll("option").map((o) => o.text())).toEqual(["Everybody", "Helen of support", "Mika", "Noor"]);
    await who.setValue("u-mika");
    await flushPromises();
    expect(asked).toEqual([undefined, "u-mika"]);
    expect(page.findAll("li").map((l) => l.get("strong").text())).toEqual(["Mika"]);
    expect(who.findAll("option")).toHaveLength(4); // nobody leaves the list by not being chosen
    page.unmount();
  });
});
