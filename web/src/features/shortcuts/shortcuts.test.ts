import { mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { shortcutFinder, useShortcutSetting, type Shortcut } from "./shortcuts";
import { useShortcuts } from "./useShortcuts";

describe("finding a shortcut", () => {
  let now = 0;
  const pressed = (...keys: string[]) => {
    const find = shortcutFinder(() => now);
    return keys.map(find);
  };

  it("takes pairs, and single keys before and after them", () => {
    expect(pressed("g", "i", "i")).toEqual([null, "goInbox", "assignMe"]);
    expect(pressed("E", "?")).toEqual(["close", "help"]);
    expect(pressed("g", "e")).toEqual([null, "close"]);
    expect(pressed("w", "e")).toEqual([null, "close"]);
  });

  it("begins a pair after any other key, and anew", () => {
    expect(pressed("j", "g", "i")).toEqual(["next", null, "goInbox"]);
    expect(pressed("g", "g", "u")).toEqual([null, null, "goUnassigned"]);
    expect(pressed("g", "i", "g", "s")).toEqual([null, "goInbox", null, "goSnoozed"]);
  });

  it("forgets the first key of a pair after a while", () => {
    const find = shortcutFinder(() => now);
    find("g");
    now += 1_500;
    expect(find("s")).toBe("star");
  });
});

describe("keys of the page", () => {
  const did: Shortcut[] = [];
  let page: ReturnType<typeof mount>;
  const press = (key: string, on: Element = document.body, more: KeyboardEventInit = {}) =>
    on.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));

  beforeEach(() => {
    setActivePinia(createPinia());
    localStorage.clear();
    did.length = 0;
    page = mount(
      {
        setup: () => useShortcuts({ close: () => did.push("close"), next: () => did.push("next") }),
        template: `<div><input id="text" /><input id="box" type="checkbox" /><textarea /><p contenteditable /></div>`,
      },
      { attachTo: document.body },
    );
  });
  afterEach(() => {
    page.unmount();
    vi.unstubAllGlobals();
  });

  it("do nothing in fields, with a modifier or while a dialog or a menu is open", () => {
    for (const field of ["#text", "textarea", "[contenteditable]"]) press("e", page.get(field).element);
    press("e", document.body, { ctrlKey: true });
    for (const role of ["dialog", "menu"]) {
      const over = document.body.appendChild(document.createElement("div"));
      over.setAttribute("role", role);
      press("e");
      over.remove();
    }
    expect(did).toEqual([]);
    press("e", page.get("#box").element); // a box takes no letters, and picking is work by keys
    expect(did).toEqual(["close"]);
  });

  it("are done once however long they are held, unless they walk", () => {
    press("e");
    press("e", document.body, { repeat: true });
    press("j");
    press("j", document.body, { repeat: true });
    expect(did).toEqual(["close", "next", "next"]);
  });

  it("can be switched off for this browser, and end with the page", () => {
    useShortcutSetting().set(false);
    press("e");
    setActivePinia(createPinia());
    expect(useShortcutSetting().on).toBe(false);
    useShortcutSetting().set(true);
    expect(localStorage.length).toBe(0);
    page.unmount();
    press("e");
    expect(did).toEqual([]);
  });
});
