// The page of the account's data, and what is shown when nothing can be.

import assert from "node:assert/strict";
import { desk, inAllLooks } from "./access.mjs";
import { Parlor, write } from "./parlor.mjs";
import { story } from "./story.mjs";
import { Watch } from "./watch.mjs";

const customer = "leaving.customer";

await story(async (browser, { url, simulatorURL, account }) => {
  const context = await browser.newContext({
    viewport: desk,
    colorScheme: "light",
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(20_000);
  const watch = new Watch(context, url, simulatorURL);
  const parlor = new Parlor(await context.newPage(), url);
  const { page } = parlor;
  await page.goto(`${url}/login`);
  await parlor.signInWithInstagram(account, simulatorURL);
  await parlor.rows.first().waitFor();
  await write(simulatorURL, account, customer, "Please forget me");
  await parlor.row("Please forget me").waitFor();
  await erase(page, url, account);
  watch.check();
  return { reference: await crash(page, url) };
});

/** Whoever is found by name is erased, with a receipt, and is found no more. */
async function erase(page, url, account) {
  await page.goto(`${url}/a/${account}/settings/data`);
  await page.getByText("24 hours after it was applied").waitFor();
  const find = async () => {
    await page
      .getByRole("searchbox", { name: "Name or username" })
      .fill(customer);
    await page.getByRole("button", { name: "Find" }).click();
  };
  await find();
  const button = page.getByRole("button", { name: /^Erase… / });
  await button.waitFor();
  await inAllLooks(page, "data");
  await button.click();
  await page.getByRole("button", { name: "Erase for good" }).click();
  await page.getByText("Everything was removed").waitFor();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: "Close" })
    .last()
    .click();
  await button.waitFor({ state: "detached" });
  await find();
  await page.getByText("Nobody here has that name").waitFor();
}

/** A fault that nobody caught is told with the reference that the console has; a server under maintenance is not one. */
async function crash(page, url) {
  const told = page.waitForEvent("console", (m) =>
    /^Parlor \w{8}/.test(m.text()),
  );
  await page.evaluate(() => void Promise.reject(new TypeError("on purpose")));
  await page.getByRole("heading", { name: "Parlor has stopped" }).waitFor();
  const reference = await page.locator("code").last().textContent();
  assert.ok((await told).text().includes(reference));
  await page.getByRole("link", { name: "Back to the inbox" }).click();
  await page.locator("#conversations li").first().waitFor();

  const session = `${url}/api/v1/ui/session`;
  await page.route(session, (route) =>
    route.fulfill({ status: 503, body: "" }),
  );
  await page.reload();
  await page
    .getByRole("heading", { name: "Parlor is being looked after" })
    .waitFor();
  await page.unroute(session);
  await page.getByRole("link", { name: "Try again" }).click();
  await page.locator("#conversations li").first().waitFor();
  return reference;
}
