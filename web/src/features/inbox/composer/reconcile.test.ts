import { describe, expect, it } from "vitest";
import { reconciled } from "./reconcile";

describe("reconciled", () => {
  it("keeps what is typed here when the other was sent, or is how it began", () => {
    expect(reconciled("", "Hello", [])).toBe("Hello");
    expect(reconciled("Hel", "Hello", [])).toBe("Hello");
  });
  it("takes what was typed elsewhere when nothing is here, or it goes on from here", () => {
    expect(reconciled("From the phone", "", [])).toBe("From the phone");
    expect(reconciled("Hello there", "Hello", [])).toBe("Hello there");
  });
  it("does not take its own late write for somebody else’s", () => {
    expect(reconciled("Hello", "", ["Hello"])).toBe("");
    expect(reconciled("Hello", "Hi", ["Hel", "Hello"])).toBe("Hi");
  });
  it("loses neither of two texts", () => {
    expect(reconciled("From the phone", "From here", [])).toBe("From the phone\nFrom here");
  });
});
