import { mount } from "@vue/test-utils";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory, createRouter } from "vue-router";
import { i18n } from "@/i18n";
import TroublePage from "./TroublePage.vue";

const page = { template: "<p />" };
async function open(address: string) {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: "/trouble", component: page },
      { path: "/:rest(.*)*", component: page },
    ],
  });
  await router.push(address);
  return { router, shown: mount(TroublePage, { global: { plugins: [i18n, router] } }) };
}

describe("the page for when no page can be shown", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("tells maintenance from a server that does not answer", async () => {
    expect((await open("/trouble?why=maintenance")).shown.text()).toContain("Parlor is being looked after");
    expect((await open("/trouble")).shown.text()).toContain("Parlor cannot be reached");
  });

  it("says that this device is offline, and goes on by itself when it is not any more", async () => {
    vi.stubGlobal("navigator", { ...navigator, onLine: false });
    const { router, shown } = await open("/trouble?to=/a/shop/inbox");
    expect(shown.text()).toContain("You are offline");
    window.dispatchEvent(new Event("online"));
    await vi.waitFor(() => expect(router.currentRoute.value.path).toBe("/a/shop/inbox"));
    shown.unmount();
  });
});
