import { flushPromises, mount } from "@vue/test-utils";
import type { AxiosResponse } from "axios";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory, createRouter } from "vue-router";
import { api } from "@/api/client";
import KeyForm from "@/features/settings/KeyForm.vue";
import { i18n } from "@/i18n";
import { useSession } from "@/stores/session";
import StepUpDialog from "./StepUpDialog.vue";
import { useStepUp } from "./stepUp";
import { forgetTyped } from "./typed";

const routes = [{ path: "/a/shop/settings/keys", component: { template: "<p />" } }];

/** A page that was just loaded, with the form on it, for somebody who signs in at another site. */
async function pageOf(user: string) {
  setActivePinia(createPinia());
  const session = useSession();
  session.user = { id: user, name: user, provider: "oidc" };
  session.account = { account_id: "a1", username: "shop", name: "Shop", profile_picture_url: null, status: "active" };
  session.stepUp = { kind: "redirect", provider: "oidc" };
  const router = createRouter({ history: createMemoryHistory(), routes });
  await router.push("/a/shop/settings/keys");
  const global = { plugins: [i18n, router] };
  const form = mount(KeyForm, { props: { scopes: ["conversations:read", "messages:send"] }, global });
  return { form, global, name: form.get<HTMLInputElement>("input:not([type])").element };
}

/** Types a name, is asked for a fresh sign-in, and goes to it. */
async function typeAndLeave() {
  const { form, global } = await pageOf("mika");
  await form.get("input:not([type])").setValue("Warehouse");
  await form.get("input[value='messages:send']").setValue(true);
  useStepUp().open = true;
  const dialog = mount(StepUpDialog, { global, attachTo: document.body });
  await flushPromises();
  document.querySelector<HTMLFormElement>("[role=dialog] form")?.requestSubmit();
  await flushPromises();
  dialog.unmount();
  form.unmount();
}

describe("what was typed before a fresh sign-in at another site", () => {
  let gone: ReturnType<typeof vi.spyOn>;

  beforeEach(() => {
    sessionStorage.clear();
    gone = vi.spyOn(window.location, "assign").mockImplementation(() => undefined);
    api.defaults.adapter = (config) => {
      const data = { location: "https://sso.example/authorize" };
      return Promise.resolve({ status: 200, data, statusText: "", headers: {}, config } as AxiosResponse);
    };
  });

  it("is in the form again, once", async () => {
    await typeAndLeave();
    expect(gone).toHaveBeenCalledWith("https://sso.example/authorize");
    const { form, name } = await pageOf("mika");
    expect(name.value).toBe("Warehouse");
    expect(form.get<HTMLInputElement>("input[value='messages:send']").element.checked).toBe(true);
    expect((await pageOf("mika")).name.value).toBe("");
  });

  it("is not shown to somebody else, nor after signing out", async () => {
    await typeAndLeave();
    expect((await pageOf("noor")).name.value).toBe("");
    forgetTyped();
    expect((await pageOf("mika")).name.value).toBe("");
  });
});
