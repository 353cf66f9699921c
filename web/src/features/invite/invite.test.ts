import { flushPromises, mount } from "@vue/test-utils";
import { AxiosError, AxiosHeaders, type AxiosResponse } from "axios";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryHistory, createRouter } from "vue-router";
import { api } from "@/api/client";
import { i18n } from "@/i18n";
import BreakGlassPage from "./BreakGlassPage.vue";
import InvitePage from "./InvitePage.vue";

const preview = {
  account: { username: "shop", name: "Shop", profile_picture_url: null },
  invited_by: "Noor",
  role: "agent",
  expires_at: "2126-01-01T00:00:00Z",
};

/** Stands where the network is; `refusal` is the status and code that a preview is refused with. */
function network(refusal: () => [number, string] | null) {
  const tokens: unknown[] = [];
  api.defaults.adapter = (config) => {
    const answer = { status: 200, statusText: "", headers: {}, config } as AxiosResponse;
    const no = (status: number, code: string) =>
      Promise.reject(
        new AxiosError("no", "ERR", { ...config, headers: new AxiosHeaders() }, null, {
          ...answer,
          status,
          data: { code },
        }),
      );
    if (config.url?.endsWith("/session")) return no(401, "no_session");
    if (!config.url?.endsWith("/preview")) return Promise.resolve({ ...answer, data: { items: [], providers: [] } });
    tokens.push((JSON.parse(String(config.data)) as { token: string }).token);
    const refused = refusal();
    return refused ? no(...refused) : Promise.resolve({ ...answer, data: preview });
  };
  return tokens;
}
const pageOf = async (component: typeof InvitePage | typeof BreakGlassPage) => {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: "/", component: {} }] });
  const page = mount(component, { global: { plugins: [i18n, router] } });
  await flushPromises();
  return page;
};

describe("the link of an invitation", () => {
  beforeEach(() => {
    setActivePinia(createPinia());
    location.hash = "#the-secret";
  });

  it("can be read again after a failure, though its secret has left the address", async () => {
    let down = true;
    const tokens = network(() => (down ? [503, "unavailable"] : null));
    const page = await pageOf(InvitePage);
    expect([location.hash, page.get("h1").text()]).toEqual(["", "The invitation could not be read"]);
    down = false;
    await page.get("button").trigger("click");
    await flushPromises();
    expect([page.get("h1").text(), tokens]).toEqual(["Join @shop", ["the-secret", "the-secret"]]);
  });

  it("says that it is over only when it is", async () => {
    network(() => [404, "invitation_invalid"]);
    const page = await pageOf(InvitePage);
    expect([page.get("h1").text(), page.find("button").exists()]).toEqual(["This link does not work any more", false]);
  });
});

describe("the emergency link", () => {
  it("says why it cannot be used without its secret", async () => {
    setActivePinia(createPinia());
    location.hash = "";
    const page = await pageOf(BreakGlassPage);
    expect(page.get("[role=alert]").text()).toContain("This link is not valid");
    expect(page.get("button").attributes("disabled")).toBeDefined();
  });
});
