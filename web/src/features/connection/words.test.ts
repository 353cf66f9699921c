import { describe, expect, it } from "vitest";
import texts from "@/i18n/english";
import { importShare, ledgerAddsUp, moodOf, permissionKey, reasonKey } from "./words";

const view = { status: "active" as const, alarm: 0 as const, missing_permissions: [], subscribed: true };

describe("moodOf", () => {
  it.each([
    ["good", {}],
    ["warning", { alarm: 14 as const }],
    ["warning", { missing_permissions: ["instagram_business_manage_messages"] }],
    ["warning", { subscribed: false }],
    ["bad", { status: "needs_reconnect" as const }],
    ["bad", { status: "disconnected" as const, alarm: 2 as const }],
    ["bad", { status: "suspended" as const }],
    ["idle", { status: "connecting" as const }],
  ])("is %s for %o", (mood, over) => expect(moodOf({ ...view, ...over })).toBe(mood));
});

describe("reasonKey", () => {
  it("has a text for each reason, and none for no reason", () => {
    for (const reason of ["token_expired", "checkpoint", "owner", "something of a later version"])
      expect(Object.keys(texts.connection.reason)).toContain(reasonKey(reason));
    expect(reasonKey("")).toBe("");
  });
});

describe("permissionKey", () => {
  it("leaves unknown permissions to Instagram's own name", () => {
    expect(permissionKey("instagram_business_basic")).toBe("instagram_business_basic");
    expect(permissionKey("instagram_business_content_publish")).toBe("");
  });
});

describe("importShare", () => {
  it("is unknown before the list is read, and never more than all", () => {
    expect(importShare({ phase: "read", conversations_seen: 3, conversations_total: 0 })).toBeNull();
    expect(importShare({ phase: "list", conversations_seen: 0, conversations_total: 50 })).toBeNull();
    expect(importShare({ phase: "read", conversations_seen: 150, conversations_total: 300 })).toBe(0.5);
    expect(importShare({ phase: "read", conversations_seen: 301, conversations_total: 300 })).toBe(1);
  });
});

describe("ledgerAddsUp", () => {
  it("compares the sum", () => {
    expect(ledgerAddsUp({ received: 10, applied: 6, skipped: 2, pending: 1, failed: 1 })).toBe(true);
    expect(ledgerAddsUp({ received: 10, applied: 6, skipped: 2, pending: 0, failed: 1 })).toBe(false);
  });
});
