import { mount } from "@vue/test-utils";
import { nextTick, ref } from "vue";
import { expect, it } from "vitest";
import { useKeptPlace } from "./useKeptPlace";

it("comes back to the place of each list", async () => {
  const list = document.createElement("div");
  const scroller = ref<HTMLElement | null>(list);
  const key = ref("inbox");
  const ready = ref(true);
  mount({ setup: () => (useKeptPlace(scroller, key, ready), () => null) });
  const top = () => list.scrollTop;
  async function show(name: string) {
    key.value = name;
    ready.value = false;
    await nextTick();
    ready.value = true;
    await nextTick();
    await nextTick();
  }
  list.scrollTop = 420;
  await show("closed");
  expect(top()).toBe(0);
  list.scrollTop = 70;
  await show("inbox");
  expect(top()).toBe(420);
  await show("closed");
  expect(top()).toBe(70);
});
