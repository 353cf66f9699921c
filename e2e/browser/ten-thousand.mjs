// Ten thousand conversations: how long things take, beside an account of about a hundred in the same browser.

import { write } from "./parlor.mjs";
import { owner } from "./people.mjs";
import { story } from "./story.mjs";

const opened = 15; // conversations that are opened each way

await story(async (browser, { url, simulatorURL, short, long }) => {
  const figures = {};
  for (const account of [short, long]) {
    const me = await owner(browser, { url, simulatorURL, account });
    await me.parlor.rows.first().waitFor();
    await toTheEnd(me.parlor);
    const seen = await walk(me.parlor);
    figures[account] = { ...seen, ...(await use(me.parlor, simulatorURL, account)) };
    figures[account].heap = await heap(me.parlor.page);
    me.watch.check();
    await me.context.close();
  }
  const times = ({ open, step, hear, frame }) => ({ open, step, hear, frame });
  const { rows, total, heap: used } = figures[long];
  return { rows, total, heap: used, short: times(figures[short]), long: times(figures[long]) };
});

/** Loads every page of the list, as whoever scrolls on and on does. */
async function toTheEnd({ page }) {
  await page.evaluate(async () => {
    const list = document.querySelector("#conversations");
    const scroller = list.parentElement;
    const frame = () => new Promise(requestAnimationFrame);
    for (let height = 0, grew = performance.now(); performance.now() - grew < 10_000;) {
      scroller.scrollTop = scroller.scrollHeight;
      await frame();
      if (list.offsetHeight > height) grew = performance.now();
      height = list.offsetHeight;
      if (list.querySelector("li:not([aria-setsize='-1'])")) return;
    }
    throw new Error("the list does not grow, and has no end");
  });
}

/** Scrolls through what is loaded from its beginning, a screen a frame: the rows in the page, and how long a frame takes. */
async function walk({ page }) {
  return await page.evaluate(async () => {
    const list = document.querySelector("#conversations");
    const scroller = list.parentElement;
    const frame = () => new Promise(requestAnimationFrame);
    const median = (all) => all.sort((a, b) => a - b)[all.length >> 1];
    scroller.scrollTop = 0;
    await frame();
    let rows = 0;
    const took = [];
    for (let n = 0; n < 120; n++) {
      const before = performance.now();
      scroller.scrollTop = (n % 20) * 300 + Math.floor(n / 20) * (scroller.scrollHeight / 8);
      await frame();
      took.push(performance.now() - before);
      rows = Math.max(rows, list.querySelectorAll("li").length);
    }
    const total = Number(list.querySelector("li").getAttribute("aria-setsize"));
    scroller.scrollTop = 0;
    await frame();
    return { rows, total, frame: median(took) };
  });
}

/** Opens conversations by clicks and by J, and hears of a new message: medians in milliseconds until it is drawn. */
async function use({ page, rows }, simulatorURL, account) {
  const figures = {};
  figures.open = await page.evaluate(timed, { times: opened, how: "click" });
  figures.step = await page.evaluate(timed, { times: opened, how: "key" });
  const heard = [];
  for (let n = 0; n < 5; n++) {
    const text = `Ten thousand and ${n}`;
    const began = performance.now();
    await write(simulatorURL, account, `ten.more.${n}`, text);
    await rows.filter({ hasText: text }).first().waitFor();
    heard.push(performance.now() - began);
  }
  figures.hear = heard.sort((a, b) => a - b)[2];
  return figures;
}

/** In the page: from the click or the key to the frame after the thread's heading names the person. */
async function timed({ times, how }) {
  const frame = () => new Promise(requestAnimationFrame);
  const selected = () => document.querySelector("#conversations [aria-current]")?.closest("li");
  const took = [];
  for (let n = 0; n < times; n++) {
    const began = performance.now();
    const before = selected()?.dataset.row;
    if (how === "click") document.querySelectorAll("#conversations li a")[n % 8].click();
    else document.dispatchEvent(new KeyboardEvent("keydown", { key: n % 2 ? "k" : "j", bubbles: true }));
    while (performance.now() - began < 5_000 && selected()?.dataset.row === before) await frame();
    took.push(performance.now() - began);
    await new Promise((rest) => setTimeout(rest, 30));
  }
  return took.sort((a, b) => a - b)[times >> 1];
}

async function heap(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize / 1e6;
}
