// An owner answers a customer and reads how the account does.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { desk, inAllLooks } from "./access.mjs";
import { Parlor, write } from "./parlor.mjs";
import { story, until } from "./story.mjs";
import { Watch } from "./watch.mjs";

const customer = "insights.customer";
const asked = "Do you ship to Graz?";

await story(async (browser, { url, simulatorURL, account }) => {
  const context = await browser.newContext({
    viewport: desk,
    colorScheme: "light",
    reducedMotion: "reduce",
    timezoneId: "Europe/Vienna",
  });
  context.setDefaultTimeout(20_000);
  const watch = new Watch(context, url, simulatorURL);
  const parlor = new Parlor(await context.newPage(), url);
  const { page } = parlor;
  await page.goto(`${url}/login`);
  await parlor.signInWithInstagram(account, simulatorURL);
  await write(simulatorURL, account, customer, asked);
  await answer(parlor);

  await page.getByRole("link", { name: "Insights", exact: true }).press("Enter");
  await page.getByRole("heading", { name: "Insights", level: 1 }).waitFor();
  await page.getByText("by the clock of Europe/Vienna").waitFor();
  await page.getByRole("img", { name: /^Messages from customers by day/ }).waitFor();
  assert.match(await tile(page, "Messages from customers"), /^[1-9]\d*$/);
  assert.match(await tile(page, "Half of the customers had an answer within"), /^\d+[hm]/); // the demo has a history
  await inAllLooks(page, "insights");

  await page.getByText("First reply", { exact: true }).first().click();
  await page.getByRole("img", { name: /^Time to first reply by day/ }).waitFor();
  await page.getByRole("button", { name: "Show as table" }).press("Enter");
  const days = page.getByRole("group", { name: "Figures by day" });
  assert.equal(await days.getByRole("row").count(), 31);
  await page.getByText("7 days", { exact: true }).click();
  await until("the table has seven days", async () => (await days.getByRole("row").count()) === 8);
  assert.match(page.url(), /\?days=7$/);

  const sender = await file(page);
  await noDays(page);
  await page.goBack();
  await days.waitFor();
  watch.check();
  return { sender };
});

/** Answers the customer, and waits until the answer is counted. */
async function answer(parlor) {
  await parlor.row(asked).click();
  const field = parlor.page.getByRole("textbox", { name: /^Reply to/ });
  await field.fill("We do, from next week on.");
  await field.press("Enter");
  const today = new Date().toISOString().slice(0, 10);
  await until("the answer is counted", async () => {
    const { body } = await parlor.ask(`/api/v1/ui/insights?from=${today}&to=${today}&zone=UTC`);
    return body.senders.some((s) => s.kind === "member" && s.first_replies.count === 1);
  });
}

/** The figure of a tile. */
function tile(page, name) {
  return page.getByText(name, { exact: true }).first().locator("xpath=../dd/span[1]").innerText();
}

/** The line of the first member in the file of who answered. */
async function file(page) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download who answered as a CSV file" }).click(),
  ]);
  const lines = (await readFile(await download.path(), "utf8")).split("\n");
  assert.equal(lines[0], "kind,user_id,name,replies,first_replies,median_seconds,p90_seconds");
  return lines.find((line) => line.startsWith("member,")) ?? "";
}

/** Days of one's own, on which nothing happened. */
async function noDays(page) {
  await page.getByText("Own days", { exact: true }).click();
  await page.getByLabel("First day").fill("2020-01-01");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: "at most 366 days" }).waitFor();
  await page.getByLabel("Last day").fill("2020-01-31");
  await page.getByLabel("Last day").press("Enter");
  await page.getByText("No messages in these days").waitFor();
}
