import { AxiosError, AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from "axios";
import { flushPromises } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import { api } from "@/api/client";
import { usePaged } from "./paged";

/** Stands where the network is: the test answers each request when it likes. */
function network() {
  const open: { params: Record<string, string | undefined>; give: (data: unknown) => void; refuse: () => void }[] = [];
  api.defaults.adapter = (config: InternalAxiosRequestConfig) =>
    new Promise((resolve, reject) => {
      const response = { status: 200, data: {}, statusText: "", headers: {}, config } as AxiosResponse;
      open.push({
        params: config.params as Record<string, string | undefined>,
        give: (data) => resolve({ ...response, data }),
        refuse: () =>
          reject(
            new AxiosError("no", "ERR", { ...config, headers: new AxiosHeaders() }, null, {
              ...response,
              status: 503,
              data: { code: "unavailable" },
            }),
          ),
      });
    });
  return async () => {
    await flushPromises();
    const request = open.shift();
    if (!request) throw new Error("nothing was asked");
    return request;
  };
}
const page = (items: string[], next_cursor: string | null = null) => ({ items, next_cursor });

describe("a list that is read page by page", () => {
  it("shows what was asked for last, whatever is answered last", async () => {
    const asked = network();
    const list = usePaged<string>("/log");
    void list.load({ action: "a" });
    void list.load({ action: "b" });
    const [first, second] = [await asked(), await asked()];
    second.give(page(["b"]));
    await flushPromises();
    first.give(page(["a"]));
    await flushPromises();
    expect([list.items.value, list.busy.value]).toEqual([["b"], false]);
  });

  it("does not show what another filter found when the filter fails", async () => {
    const asked = network();
    const list = usePaged<string>("/log");
    void list.load();
    (await asked()).give(page(["everything"]));
    await flushPromises();
    void list.load({ action: "a" });
    (await asked()).refuse();
    await flushPromises();
    expect(list.state.value).toBe("failed");
  });

  it("is read anew as far down as it was read", async () => {
    const asked = network();
    const list = usePaged<string>("/log");
    void list.load({ action: "a" });
    (await asked()).give(page(["4", "3"], "c1"));
    await flushPromises();
    void list.more();
    (await asked()).give(page(["2", "1"], "c2"));
    await flushPromises();

    void list.refresh();
    const top = await asked();
    expect(top.params).toEqual({ action: "a" });
    top.give(page(["5", "4"], "d1"));
    const below = await asked();
    expect(below.params.cursor).toBe("d1");
    below.give(page(["3", "2"], "d2"));
    await flushPromises();
    expect([list.items.value, list.next.value]).toEqual([["5", "4", "3", "2"], "d2"]);
  });

  it("keeps what is shown when more, or reading it again, fails, and says so", async () => {
    const asked = network();
    const list = usePaged<string>("/log");
    void list.load();
    (await asked()).give(page(["2"], "c1"));
    await flushPromises();
    void list.more();
    (await asked()).refuse();
    await flushPromises();
    expect([list.state.value, list.items.value, list.failure.value]).toEqual(["ready", ["2"], "unavailable"]);
    void list.more();
    (await asked()).give(page(["1"]));
    await flushPromises();
    expect([list.items.value, list.failure.value]).toEqual([["2", "1"], ""]);
  });
});
