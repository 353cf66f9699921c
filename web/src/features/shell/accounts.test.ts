import { flushPromises, mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryHistory, createRouter } from "vue-router";
import type { AccountMembership } from "@/api/types";
import { forgetKept } from "@/features/inbox/composer/kept";
import { i18n } from "@/i18n";
import AccountDialog from "./AccountDialog.vue";
import AccountLine from "./AccountLine.vue";
import { byRecency, rememberAccount } from "./recentAccounts";

const account = (n: number): AccountMembership => ({
  account_id: `a${n}`,
  username: `shop${n}`,
  name: `Shop ${n}`,
  profile_picture_url: null,
  status: "active",
  role: "agent",
  unread: n,
});
const ids = (list: { account_id: string }[]) => list.map((a) => a.account_id).join(" ");

describe("the accounts to choose from", () => {
  beforeEach(() => {
    setActivePinia(createPinia());
    localStorage.clear();
  });

  it("come by when they were last opened here, which is forgotten with the sign-out", () => {
    const all = [1, 2, 3].map(account);
    expect(ids(byRecency(all))).toBe("a1 a2 a3");
    ["a2", "a3", "a3"].forEach(rememberAccount);
    expect(ids(byRecency(all))).toBe("a3 a2 a1");
    forgetKept();
    expect(ids(byRecency(all))).toBe("a1 a2 a3");
  });

  it("tell the role and what is unread", () => {
    const text = (n: number) =>
      mount(AccountLine, { props: { account: account(n) }, global: { plugins: [i18n] } }).text();
    expect(text(12)).toMatch(/@shop12.*Agent.*12 unread/s);
    expect(text(1000)).toContain("999+");
    expect(text(0)).not.toContain("unread");
  });

  it("are found by a part of the name, and opened", async () => {
    const page = { template: "<p />" };
    const router = createRouter({
      history: createMemoryHistory(),
      routes: [{ path: "/a/:username/inbox/:conversation?", name: "inbox", component: page }],
    });
    await router.push("/a/shop1/inbox");
    mount(AccountDialog, {
      props: { open: true, accounts: Array.from({ length: 9 }, (_, n) => account(n)) },
      global: { plugins: [i18n, router] },
    });
    await flushPromises();
    const field = document.querySelector<HTMLInputElement>("[role=dialog] input");
    if (!field) throw new Error("there is nothing to type in");
    field.value = "shop 7";
    field.dispatchEvent(new Event("input"));
    await flushPromises();
    const found = document.querySelectorAll<HTMLElement>("[role=option]");
    expect(found).toHaveLength(1);
    found[0]?.click();
    await flushPromises();
    expect(router.currentRoute.value.params.username).toBe("shop7");
  });
});
