import { describe, expect, it } from "vitest";
import { isSendKey } from "./sendKey";

const enter = { key: "Enter", shiftKey: false, altKey: false, isComposing: false, keyCode: 13 };

describe("isSendKey", () => {
  it("is Enter alone", () => {
    expect(isSendKey(enter, false)).toBe(true);
    expect(isSendKey({ ...enter, shiftKey: true }, false)).toBe(false);
    expect(isSendKey({ ...enter, key: "a" }, false)).toBe(false);
  });
  it("is never the Enter of an input method", () => {
    expect(isSendKey({ ...enter, isComposing: true }, false)).toBe(false);
    expect(isSendKey({ ...enter, keyCode: 229 }, false)).toBe(false);
  });
  it("is a new line on a phone", () => expect(isSendKey(enter, true)).toBe(false));
});
