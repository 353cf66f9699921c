import { flushPromises, mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import { i18n } from "@/i18n";
import { useSession } from "@/stores/session";
import ShortcutHelp from "./ShortcutHelp.vue";
import { shortcuts, useShortcutSetting } from "./shortcuts";

async function shown(...permissions: string[]) {
  useSession().permissions = permissions;
  useShortcutSetting().helping = true;
  const page = mount(ShortcutHelp, { global: { plugins: [i18n] }, attachTo: document.body });
  await flushPromises();
  const texts = [...document.querySelectorAll("dt")].map((e) => e.textContent);
  page.unmount();
  return texts;
}

describe("the map of the keys", () => {
  beforeEach(() => setActivePinia(createPinia()));

  it("shows everybody the keys that do something for them", async () => {
    const all = await shown("conversations:triage", "conversations:update", "messages:send", "notes:write");
    const viewer = await shown("conversations:update");
    const visitor = await shown();
    const t = (name: string) => i18n.global.t(`shortcuts.${name}`);
    expect(all).toHaveLength(Object.keys(shortcuts).length);
    expect(all.filter((x) => !viewer.includes(x))).toEqual(
      ["close", "snooze", "assign", "assignMe", "label", "star", "reply", "note"].map(t),
    );
    expect(viewer.filter((x) => !visitor.includes(x))).toEqual(["unread", "pick", "undo"].map(t));
  });
});
