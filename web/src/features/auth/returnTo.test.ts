import { describe, expect, it } from "vitest";
import { cleanReturnTo } from "./returnTo";

describe("cleanReturnTo", () => {
  it.each(["/a/casalumen/inbox", "/a/casalumen/inbox/0191", "/staff"])("keeps %s", (address) => {
    expect(cleanReturnTo(address)).toBe(address);
  });
  it.each([
    undefined,
    ["/a/x"],
    "",
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/a//evil",
    "/a/\nx",
    "/login",
    "/api/v1/ui/session",
    "javascript:alert(1)",
  ])("drops %j", (address) => {
    expect(cleanReturnTo(address)).toBe("/");
  });
});
