import { mount } from "@vue/test-utils";
import { AxiosError, CanceledError } from "axios";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createApp, h, type VNode } from "vue";
import { i18n } from "@/i18n";
import { isCrash, newReference, watchForCrashes } from "./crash";
import CrashPage from "./CrashPage.vue";

const appOf = (render: () => VNode[]) => createApp({ render });

afterEach(() => vi.restoreAllMocks());

describe("a crash", () => {
  it("is a fault of the app, not what the network or the browser refuses", () => {
    expect(isCrash(new TypeError("x is undefined"))).toBe(true);
    for (const none of [
      new AxiosError("no"),
      new CanceledError(),
      new DOMException("play() was refused", "NotAllowedError"),
      new TypeError("Failed to fetch"),
      new TypeError("Failed to fetch dynamically imported module: /assets/x.js"),
      undefined,
    ])
      expect(isCrash(none)).toBe(false);
  });

  it("is told of once, with a reference that the console has too", () => {
    const console_ = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const tell = vi.fn();
    const fault = new TypeError("broken");
    const broken = () => {
      throw fault;
    };
    const app = appOf(() => [h(broken), h(broken)]);
    watchForCrashes(app, tell);
    app.mount(document.createElement("div"));
    expect(tell).toHaveBeenCalledTimes(1);
    expect(console_).toHaveBeenCalledWith(`Parlor ${String(tell.mock.calls[0]?.[0])}`, fault);
  });

  it("also of a promise that nobody waited for", () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const tell = vi.fn();
    watchForCrashes(
      appOf(() => []),
      tell,
    );
    const event = Object.assign(new Event("unhandledrejection"), { reason: new TypeError("late") });
    window.dispatchEvent(event);
    expect(tell).toHaveBeenCalledTimes(1);
  });

  it("has a reference that is another each time and can be read out", () => {
    expect(newReference()).toMatch(/^[a-z2-9]{8}$/);
    expect(newReference()).not.toBe(newReference());
  });

  it("shows the reference, which can be copied, and the ways out", async () => {
    const writeText = vi.fn(() => Promise.resolve());
    vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText } });
    const page = mount(CrashPage, { props: { reference: "abcd2345" }, global: { plugins: [i18n] } });
    expect(page.text()).toContain("abcd2345");
    expect(page.find("a").attributes("href")).toBe("/");
    await page.findAll("button")[1]?.trigger("click");
    expect(writeText).toHaveBeenCalledWith("abcd2345");
    vi.unstubAllGlobals();
  });
});
