import { describe, expect, it } from "vitest";
import { addressOf, cleanReturnTo } from "./returnTo";

describe("addressOf", () => {
  it.each([
    ["staff", "/staff/people", "/staff"],
    ["staff", "/staff?over=1", "/staff"],
    ["keys", "/a/shop/settings/keys", "/a/shop/settings/keys"],
  ])("of %s at %s is %s", (name, fullPath, address) => {
    expect(addressOf({ name, fullPath })).toBe(address);
  });
});

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
