import { mount } from "@vue/test-utils";
import { AxiosError, AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from "axios";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory, createRouter } from "vue-router";
import { api } from "@/api/client";
import { failureOf } from "@/api/problem";
import { useStepUp } from "@/features/stepup/stepUp";
import VisitBanner from "@/features/support/VisitBanner.vue";
import { i18n } from "@/i18n";
import { useSession } from "./session";
import { keptVisit } from "./visit";

const visit = {
  grant_id: "g1",
  mode: "read",
  reason: "no pictures",
  opened_at: "",
  expires_at: "2126-01-01T00:00:00Z",
};
const staff = { token: "staff", account_id: null, account: null, user: { id: "u", name: "Sam", provider: "oidc" } };
const rest = { role: null, staff_role: "support", expires_in: 1200, permissions: [], auth_time: "", step_up: null };
const account = { account_id: "a1", username: "shop", name: "Shop", profile_picture_url: null, status: "active" };
const visiting = { ...staff, ...rest, token: "visit", account_id: "a1", account, support: visit };

function network(answer: (c: InternalAxiosRequestConfig, body: Record<string, unknown>) => [number, unknown?]) {
  const sent: string[] = [];
  api.defaults.adapter = (config) => {
    const body = JSON.parse((config.data as string | undefined) ?? "{}") as Record<string, unknown>;
    sent.push(`${config.method} ${config.url} ${JSON.stringify(body)}`);
    const [status, data] = answer(config, body);
    const response = { status, data, statusText: "", headers: {}, config } as AxiosResponse;
    const headers = new AxiosHeaders(config.headers);
    if (status >= 400) return Promise.reject(new AxiosError("refused", "ERR", { ...config, headers }, null, response));
    return Promise.resolve(response);
  };
  return sent;
}

describe("a visit of support", () => {
  beforeEach(() => {
    setActivePinia(createPinia());
    sessionStorage.clear();
  });

  it("is gone on with after a reload, and keeps no secret", async () => {
    const sent = network(() => [200, visiting]);
    const session = useSession();
    await session.switchTo("a1", { reason: "no pictures", minutes: 20 });
    expect(session.support?.mode).toBe("read");
    expect(keptVisit()).toEqual({ account_id: "a1", username: "shop", grant_id: "g1" });
    setActivePinia(createPinia());
    await useSession().createSession("a1");
    expect(sent[1]).toBe('post /api/v1/ui/session {"account_id":"a1","support_grant_id":"g1"}');
  });

  it("that is over leads back to being staff", async () => {
    network((_, body) =>
      "support_grant_id" in body ? [404, { code: "not_found" }] : [200, { ...staff, ...rest, support: null }],
    );
    sessionStorage.setItem("parlor-visit", JSON.stringify({ account_id: "a1", username: "shop", grant_id: "g1" }));
    const session = useSession();
    const over = vi.fn();
    session.whenVisitOver(over);
    expect(await session.createSession("a1")).toBe(true);
    expect([session.account, session.support, keptVisit()]).toEqual([null, null, null]);
    expect(over).toHaveBeenCalledOnce();
  });
});

describe("the end of a visit", () => {
  const open = async (answer: (c: InternalAxiosRequestConfig) => [number, unknown?]) => {
    setActivePinia(createPinia());
    sessionStorage.clear();
    network(() => [200, visiting]);
    const session = useSession();
    await session.switchTo("a1", { reason: "no pictures", minutes: 20 });
    const lost = vi.fn();
    session.whenLost(lost);
    network((c) => answer(c));
    return { session, lost };
  };

  it("leads back to being staff, also when the owner was faster", async () => {
    for (const status of [204, 404]) {
      const { session, lost } = await open((c) =>
        c.method === "delete" ? [status] : [200, { ...staff, ...rest, support: null }],
      );
      await session.endVisit();
      expect([session.signedIn, session.support, lost.mock.calls.length]).toEqual([true, null, 0]);
    }
  });

  it("leads to the login page when there is no way back to being staff", async () => {
    for (const status of [401, 503]) {
      const { session, lost } = await open((c) => (c.method === "delete" ? [204] : [status]));
      await session.endVisit();
      expect([session.signedIn, session.support, keptVisit()]).toEqual([false, null, null]);
      expect(lost).toHaveBeenCalledExactlyOnceWith({ left: false, visiting: true, untold: false });
    }
  });

  it("is nothing that a visit gets around by being offline", async () => {
    const { session, lost } = await open(() => [503]);
    await session.checkVisit();
    expect([session.signedIn, session.support]).toEqual([false, null]);
    expect(lost).toHaveBeenCalledOnce();
  });

  it("says so when it failed and the visit goes on", async () => {
    const { session } = await open(() => [503]);
    const routes = [{ path: "/staff", name: "staff", component: { template: "<p />" } }];
    const router = createRouter({ history: createMemoryHistory(), routes });
    const banner = mount(VisitBanner, { global: { plugins: [i18n, router] } });
    await banner.get("button").trigger("click");
    await vi.waitFor(() => expect(banner.find("[role=alert]").text()).toContain("could not be ended"));
    expect([session.support?.mode, banner.get("button").attributes("disabled")]).toEqual(["read", undefined]);
    banner.unmount();
  });
});

describe("a step-up", () => {
  beforeEach(() => setActivePinia(createPinia()));

  it("repeats what needed it, once, and only when it was given", async () => {
    let fresh = false;
    const sent = network(() => (fresh ? [200, "done"] : [403, { code: "step_up_required" }]));
    const stepUp = useStepUp();
    const first = api.delete("/api/v1/ui/keys/k");
    await vi.waitFor(() => expect(stepUp.open).toBe(true));
    fresh = true;
    stepUp.done(true);
    expect((await first).data).toBe("done");
    expect(sent).toHaveLength(2);

    fresh = false;
    const second = api.delete("/api/v1/ui/keys/k").catch((e: AxiosError) => e.response?.status);
    await vi.waitFor(() => expect(stepUp.open).toBe(true));
    stepUp.done(false);
    expect(await second).toBe(403);
    expect(sent).toHaveLength(3);
  });

  it("is asked for no longer when the session is lost meanwhile", async () => {
    network((c) => (c.method === "post" ? [200, { ...visiting, support: null }] : [403, { code: "step_up_required" }]));
    const session = useSession();
    await session.createSession();
    const stepUp = useStepUp();
    const asked = api.delete("/api/v1/ui/keys/k").catch((e: AxiosError) => e.response?.status);
    await vi.waitFor(() => expect(stepUp.open).toBe(true));
    session.lose();
    expect([await asked, stepUp.open]).toEqual([403, false]);
  });

  it("is also heard when the refusal of a download comes as a file", async () => {
    const refusal = (code: string) => new Blob([JSON.stringify({ code })], { type: "application/problem+json" });
    network(() => [403, refusal("step_up_required")]);
    const stepUp = useStepUp();
    const download = api.get("/api/v1/ui/audit/export", { responseType: "blob" }).catch(failureOf);
    await vi.waitFor(() => expect(stepUp.open).toBe(true));
    stepUp.done(false);
    expect(await download).toMatchObject({ status: 403, code: "step_up_required" });

    network(() => [502, new Blob(["<html>"])]);
    expect(await api.get("/x", { responseType: "blob" }).catch(failureOf)).toMatchObject({
      status: 502,
      code: "unknown",
    });
  });
});
