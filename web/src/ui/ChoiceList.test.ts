import { flushPromises, mount } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import ChoiceList from "./ChoiceList.vue";

const items = ["Blue lamp", "Green lamp", "Chair"].map((text) => ({ key: text, text }));

async function list() {
  const page = mount(ChoiceList, {
    props: { items, label: "Things", placeholder: "Find", none: "Nothing" },
    attachTo: document.body,
  });
  await flushPromises();
  const shown = () => page.findAll("[role=option]").map((o) => o.text());
  const chosen = () => (page.emitted<[{ key: string }]>("choose") ?? []).map(([i]) => i.key);
  const press = async (key: string) => {
    await page.get("input").trigger("keydown", { key });
    await flushPromises();
  };
  return { page, shown, chosen, press };
}

describe("a list to choose from", () => {
  it("shows what has every word that was typed, in any order", async () => {
    const { page, shown } = await list();
    await page.get("input").setValue("LAMP gre");
    expect(shown()).toEqual(["Green lamp"]);
    await page.get("input").setValue("table");
    expect(page.text()).toBe("Nothing");
    page.unmount();
  });

  it("takes the first of what was typed by Enter, and another one by arrows", async () => {
    const { page, chosen, press } = await list();
    await page.get("input").setValue("lamp");
    await flushPromises();
    await press("Enter");
    await press("ArrowDown");
    await press("Enter");
    expect(chosen()).toEqual(["Blue lamp", "Green lamp"]);
    page.unmount();
  });

  it("takes one by a click, and the same one again", async () => {
    const { page, chosen } = await list();
    for (let times = 0; times < 2; times++) {
      await page.findAll("[role=option]")[2]?.trigger("click");
      await flushPromises();
    }
    expect(chosen()).toEqual(["Chair", "Chair"]);
    page.unmount();
  });
});
