import { mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryHistory, createRouter } from "vue-router";
import type { Account } from "@/api/types";
import { i18n } from "@/i18n";
import { useSession } from "@/stores/session";
import AppFrame from "./AppFrame.vue";

const account = (id: string, username: string): Account => ({
  account_id: id,
  username,
  name: username,
  profile_picture_url: null,
  status: "active",
});
const page = { template: "<p />" };
const routes = [
  { path: "/a/:username/inbox/:conversation?", name: "inbox", component: page },
  { path: "/a/:username/settings/connection", name: "connection", component: page },
];

describe("the frame of an account's page", () => {
  beforeEach(() => setActivePinia(createPinia()));

  it("shows nothing of the account that is being left, while the next page is on its way", async () => {
    const session = useSession();
    session.account = account("a1", "shop");
    const router = createRouter({ history: createMemoryHistory(), routes });
    await router.push("/a/shop/inbox");
    const frame = mount(AppFrame, {
      props: { trouble: false },
      slots: { default: "<p>the team of shop</p>" },
      global: { plugins: [i18n, router], stubs: { AccountMenu: true } },
    });
    const shown = async (next: Account | null) => {
      session.account = next;
      await frame.vm.$nextTick();
      return frame.text().includes("the team of shop");
    };
    expect(await shown(account("a1", "renamed"))).toBe(true);
    expect(await shown(account("a2", "other"))).toBe(false);
    expect(await shown(null)).toBe(false);
  });
});
