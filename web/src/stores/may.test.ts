import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import { useMay } from "./may";
import { useSession } from "./session";

describe("markRead", () => {
  beforeEach(() => setActivePinia(createPinia()));

  it("is for the account's own people, not for a visit of support that may reply", () => {
    const session = useSession();
    const may = useMay();
    session.permissions = ["conversations:read", "messages:send"];
    expect([may.reply.value, may.markRead.value]).toEqual([true, false]);
    session.permissions = ["conversations:read", "conversations:update"];
    expect([may.reply.value, may.markRead.value]).toEqual([false, true]);
  });
});
