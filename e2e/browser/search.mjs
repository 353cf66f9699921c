// Search, by the keyboard alone: people and messages, hits that are marked, the way to a message far up in its thread, and back by a reload.

import assert from "node:assert/strict";
import { inAllLooks } from "./access.mjs";
import { write } from "./parlor.mjs";
import { owner } from "./people.mjs";
import { story, until } from "./story.mjs";

await story(async (browser, { url, simulatorURL, account, other }) => {
  const me = await owner(browser, { url, simulatorURL, account });
  const { page } = me.parlor;
  await me.parlor.rows.first().waitFor();
  const dialog = page.getByRole("dialog", { name: "Search" });
  const field = dialog.getByRole("searchbox");
  const hits = dialog.getByRole("option");

  await page.keyboard.press("/");
  await field.waitFor();
  await dialog.getByText("Finds words in messages and in names").waitFor();
  await inAllLooks(page, "search-empty");
  // What was written before the first search is prepared by it.
  await field.fill("number 1000");
  await hits.first().waitFor();
  assert.deepEqual(await hits.first().locator("mark").allInnerTexts(), [
    "Number",
    "1000",
  ]);
  await inAllLooks(page, "search-hits");

  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  const found = page.locator("article").filter({ has: page.getByText("Number 1000", { exact: true }) });
  await inSight(page, found);
  assert.match(page.url(), /[?&]message=/);
  await page.reload();
  await inSight(page, found);

  // What comes from now on is found at once, whatever its case and its marks.
  await write(
    simulatorURL,
    account,
    "zoe.karlsson",
    "Habt ihr die GRÜNE Schüssel noch?",
  );
  await me.parlor.row("GRÜNE Schüssel").waitFor();
  await page
    .getByRole("button", { name: "Search messages and people" })
    .click();
  await field.fill("grune schus");
  const asked = Date.now();
  await hits.filter({ hasText: "zoe" }).waitFor();
  const took = Date.now() - asked;
  assert.deepEqual(await hits.first().locator("mark").allInnerTexts(), [
    "GRÜNE",
    "Schüssel",
  ]);
  await field.fill("zoe.k");
  await dialog.getByText("People").waitFor();
  await hits.filter({ hasText: "karlsson" }).first().waitFor();
  await page.keyboard.press("Enter");
  await me.parlor.thread
    .getByText("Habt ihr die GRÜNE Schüssel noch?")
    .waitFor();

  await page.keyboard.press("Escape");
  await page.locator("body").press("/");
  await field.fill("nothing-has-this");
  await dialog.getByText("Nothing has these words").waitFor();
  me.watch.expect(429, /\/api\/v1\/ui\/search/);
  await page.route(/\/ui\/search/, (route) =>
    route.fulfill({ status: 429, json: { status: 429, code: "too_many" } }),
  );
  await field.fill("grune");
  await dialog.getByRole("alert").waitFor();
  await inAllLooks(page, "search-failed");
  await page.unroute(/\/ui\/search/);
  await dialog.getByRole("button", { name: "Try again" }).click();
  await hits.filter({ hasText: "zoe" }).first().waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });

  const they = await owner(browser, { url, simulatorURL, account: other });
  await they.parlor.rows.first().waitFor();
  await they.parlor.page.keyboard.press("/");
  await they.parlor.page.getByRole("searchbox").fill("grune schussel");
  await they.parlor.page.getByText("Nothing has these words").waitFor();
  me.watch.check();
  they.watch.check();
  return { hits: 1, took };
});

async function inSight(page, locator) {
  await locator.first().waitFor();
  await until("the message is not in sight", async () => {
    const [it, log] = await Promise.all([
      locator.first().boundingBox(),
      page.locator("#messages").boundingBox(),
    ]);
    return (
      it &&
      log &&
      it.y >= log.y - 1 &&
      it.y + it.height <= log.y + log.height + 1
    );
  });
}
