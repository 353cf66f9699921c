import { flushPromises } from "@vue/test-utils";
import type { AxiosResponse } from "axios";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import { api } from "@/api/client";
import type { Account } from "@/api/types";
import { useSession } from "@/stores/session";
import { useVisits } from "./visits";

const account = (id: string): Account => ({
  account_id: id,
  username: id,
  name: id,
  profile_picture_url: null,
  status: "active",
});

describe("the visits of support", () => {
  let items: { id: string; live: boolean }[] = [];

  beforeEach(() => {
    setActivePinia(createPinia());
    useSession().account = account("a1");
    api.defaults.adapter = (config) => {
      const data = { items, next_cursor: null, enabled: true, allow_replies: true };
      return Promise.resolve({ status: 200, data, statusText: "", headers: {}, config } as AxiosResponse);
    };
  });

  it("are forgotten when another account is opened, and so is what was asked for this one", async () => {
    items = [{ id: "v1", live: true }];
    const visits = useVisits();
    await visits.load();
    expect([visits.items.length, visits.enabled]).toEqual([1, true]);
    void visits.load();
    useSession().account = account("a2");
    expect([visits.items.length, visits.enabled, visits.state]).toEqual([0, false, "loading"]);
    await flushPromises();
    expect(visits.items).toHaveLength(0);
  });

  it("are told once each", async () => {
    items = [{ id: "v1", live: true }];
    const visits = useVisits();
    await visits.load();
    expect(visits.takeNew()?.id).toBe("v1");
    items = [{ id: "v2", live: true }, ...items];
    await visits.load();
    expect([visits.takeNew()?.id, visits.takeNew()]).toEqual(["v2", undefined]);
  });
});
