import { mount } from "@vue/test-utils";
import { expect, it } from "vitest";
import { nextTick, ref, shallowRef } from "vue";
import type { Conversation } from "@/api/types";
import { conversation } from "@/features/triage/forTests";
import { useKeptFocus } from "./useKeptFocus";

const rowOf = (e: Element | null) => e?.closest<HTMLElement>("[data-row]")?.dataset.row;

it("gives the focus of a row that leaves to the one that takes its place, and takes it from nowhere else", async () => {
  const all = [1, 2, 3, 4].map((n) => conversation(n));
  const rows = shallowRef<Conversation[]>(all);
  const page = mount(
    {
      setup() {
        const list = ref<HTMLElement | null>(null);
        useKeptFocus(list, rows);
        return { list, rows };
      },
      template: `<button>Elsewhere</button><ul ref="list"><li v-for="c in rows" :key="c.id" :data-row="c.id"><a href="#">x</a></li></ul>`,
    },
    { attachTo: document.body },
  );
  const leave = async (...ids: string[]) => {
    rows.value = rows.value.filter((c) => !ids.includes(c.id));
    await nextTick();
    await nextTick();
    return rowOf(document.activeElement);
  };
  page.findAll("a")[1]?.element.focus();
  expect(await leave("c001", "c002")).toBe("c003");
  page.findAll("a")[1]?.element.focus();
  expect(await leave("c004")).toBe("c003");
  page.get("button").element.focus();
  expect(await leave("c003")).toBeUndefined();
  expect(document.activeElement?.textContent).toBe("Elsewhere");
  page.unmount();
});
