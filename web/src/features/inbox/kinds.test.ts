import { flushPromises, mount, RouterLinkStub } from "@vue/test-utils";
import type { AxiosResponse } from "axios";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryHistory, createRouter } from "vue-router";
import { api } from "@/api/client";
import type { Conversation, Message, Page } from "@/api/types";
import { i18n } from "@/i18n";
import { useSession } from "@/stores/session";
import ThreadPane from "./ThreadPane.vue";

// What the API says of every kind that Instagram sends, and what a person must find of it in the thread.
interface Kind {
  about: string;
  dom: { role?: string; text: string }[];
  conversation: Conversation | null;
  messages: Page<Message> | null;
}
const files = import.meta.glob<Kind>("../../../../e2e/testdata/kinds/*.json", { eager: true, import: "default" });
const kinds = Object.entries(files)
  .map(([path, kind]) => ({ name: path.replace(/^.*\//, ""), kind }))
  .filter(({ kind }) => kind.conversation !== null);

const selectors: Record<string, string> = {
  article: "article",
  heading: "h2",
  img: "img, [role=img]",
  link: "a[href]",
};
const said = (el: Element) => [el.getAttribute("aria-label"), el.getAttribute("alt"), el.textContent].join(" ");

const nowhere = [{ path: "/", component: { template: "<p />" } }];

// Nothing has a height here, and where there is no room no row is drawn.
Object.defineProperty(HTMLElement.prototype, "clientHeight", { value: 5000 });

async function thread({ conversation, messages }: Kind) {
  api.defaults.adapter = (config) => {
    const path = config.url?.slice(config.url.lastIndexOf("/"));
    if (path === "/session") return new Promise(() => undefined); // nobody signs in anew
    const data = path === "/messages" ? messages : path === "/notes" ? { items: [], events: [] } : conversation;
    return Promise.resolve({ status: 200, data, statusText: "", headers: {}, config } as AxiosResponse);
  };
  const router = createRouter({ history: createMemoryHistory(), routes: nowhere });
  const pane = mount(ThreadPane, {
    props: { id: conversation?.id ?? "" },
    global: { plugins: [i18n, router], stubs: { RouterLink: RouterLinkStub } },
  });
  await flushPromises();
  return pane;
}

describe("the thread", () => {
  beforeEach(() => {
    localStorage.clear();
    setActivePinia(createPinia());
    const session = useSession();
    session.role = "viewer";
    session.account = { account_id: "a1", username: "shop", name: "Shop", profile_picture_url: null, status: "active" };
  });

  it("is tried with many kinds", () => expect(kinds.length).toBeGreaterThan(60));

  it.each(kinds)("shows $name", async ({ kind }) => {
    const pane = await thread(kind);
    for (const { role, text } of kind.dom) {
      const found = pane.element.querySelectorAll(role ? (selectors[role] ?? `[role=${role}]`) : "*");
      expect([...found].map(said).join("\n"), `${role ?? "something"} with ${text}`).toContain(text);
    }
    // Nothing of what a customer wrote becomes markup.
    expect(pane.find("b, script, [onerror]").exists()).toBe(false);
    pane.unmount();
  });
});
