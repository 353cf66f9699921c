// A thread of two thousand messages: opened at the first unread one, read back to its beginning, left by the jump to the end, and
// searched by a quote for a message that is not in the page.

import assert from "node:assert/strict";
import { write } from "./parlor.mjs";
import { owner } from "./people.mjs";
import { story, until } from "./story.mjs";

await story(async (browser, { url, simulatorURL, account }) => {
  const me = await owner(browser, { url, simulatorURL, account });
  const { page, thread } = me.parlor;
  let fetched = 0;
  page.on("response", (response) => (fetched += /\/messages\?.*cursor=/.test(response.url()) ? 1 : 0));

  await me.parlor.rows.first().waitFor();
  const { participant, unread } = (await me.parlor.ask("/api/v1/ui/conversations?limit=1")).body.items[0];
  const hear = (text, more) => write(simulatorURL, account, participant.username, text, more);
  const text = (text) => thread.getByText(text, { exact: true });
  for (let n = 1; n <= 12; n++) await hear(`Unread ${n}`);
  await me.parlor.row("Unread 12").click();
  await inSight(page, text(`${unread + 12} new messages`), "the first unread message is not in sight");

  const slowly = await page.evaluate(readBack, { by: 350, steps: 12, toBeginning: false });
  const atOnce = await page.evaluate(readBack, { by: 1e6, steps: 400, toBeginning: true });
  await inSight(page, text("Number 1"), "the beginning is not in sight");

  await hear("Still there?");
  await page.getByRole("status").filter({ hasText: "Still there?" }).waitFor({ state: "attached" });
  await inSight(page, text("Number 1"), "a new message has moved the reader");
  await page.getByRole("button", { name: "Jump to latest (1)" }).click();
  await inSight(page, text("Still there?"), "the end is not in sight");
  await hear("I can wait.");
  await inSight(page, text("I can wait."), "the end is not followed");

  await hear("As I said.", { reply_to: { mid: "long.1000" } });
  await thread.getByRole("button", { name: "Number 1000" }).click();
  await inSight(
    page,
    page.locator("article:focus").filter({ hasText: "Number 1000" }),
    "the quoted message is not in sight",
  );

  me.watch.check();
  const most = (what) => Math.max(slowly[what], atOnce[what]);
  return { rows: most("rows"), nodes: most("nodes"), moved: most("moved"), fetched };
});

async function inSight(page, locator, otherwise) {
  await locator.waitFor();
  const within = async () => {
    const [it, log] = await Promise.all([locator.boundingBox(), page.locator("#messages").boundingBox()]);
    return it && log && it.y >= log.y - 1 && it.y + it.height <= log.y + log.height + 1;
  };
  await until(otherwise, within);
}

/**
 * In the page: scrolls up step by step. After every step a message in sight is watched until what is older has come, and may not move;
 * by the step itself it has to move as far as was scrolled.
 */
async function readBack({ by, steps, toBeginning }) {
  const log = document.querySelector("#messages");
  const frame = () => new Promise(requestAnimationFrame);
  const most = { rows: 0, nodes: 0, moved: 0 };
  const inSight = () => {
    const top = log.getBoundingClientRect().top;
    return [...log.querySelectorAll("article")].find((a) => a.getBoundingClientRect().top >= top);
  };
  const topOf = (id) => document.getElementById(id)?.getBoundingClientRect().top;
  const count = () => {
    most.rows = Math.max(most.rows, log.querySelectorAll("[data-index]").length);
    most.nodes = Math.max(most.nodes, log.querySelectorAll("*").length);
  };
  const watch = async (id, place, frames) => {
    for (let n = 0; n < frames; n++) {
      await frame();
      count();
      const now = topOf(id);
      most.moved = Math.max(most.moved, now === undefined ? Infinity : Math.abs(now - place));
    }
  };
  for (let n = 0; n < steps; n++) {
    const before = inSight();
    const place = before && before.getBoundingClientRect().top;
    const far = Math.min(by, log.scrollTop);
    log.scrollTop -= far;
    if (before && far === by) await watch(before.id, place + far, 2);
    else await frame();
    await frame();
    const read = inSight();
    if (toBeginning && [...log.querySelectorAll("article")].some((a) => /Number 1(?!\d)/.test(a.textContent)))
      return most;
    if (read) await watch(read.id, read.getBoundingClientRect().top, 4);
  }
  if (toBeginning) throw new Error("the beginning of the thread never came");
  return most;
}
