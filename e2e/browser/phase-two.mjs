// Instagram is switched on: the default account's owner signs in for the first time and finds what came in phase 1. The
// operator's session has outlived the change.

import assert from "node:assert/strict";
import { Parlor, within2s, write } from "./parlor.mjs";
import { picture, story } from "./story.mjs";
import { Watch } from "./watch.mjs";

await story(async (browser, { url, simulatorURL, business, stranger, kept }) => {
  await keepOut(browser, { url, simulatorURL, stranger });
  const ownersBrowser = await browser.newContext({ reducedMotion: "reduce" });
  const watch = new Watch(ownersBrowser, url, simulatorURL);
  const owner = new Parlor(await ownersBrowser.newPage(), url);
  await owner.page.goto(`${url}/login`);
  await owner.signInWithInstagram(business, simulatorURL);
  await owner.row("Hello, operator").click();
  await owner.thread.getByText("Hello, operator").waitFor();

  const operatorsBrowser = await browser.newContext({ storageState: kept, reducedMotion: "reduce" });
  const operatorsWatch = new Watch(operatorsBrowser, url);
  const operator = new Parlor(await operatorsBrowser.newPage(), url);
  await operator.page.goto(url);
  await operator.inInbox(business);
  await operator.row("Hello, operator").waitFor();

  const text = "Hello, both of you";
  const latency = await within2s(
    () => write(simulatorURL, business, "phase.one", text),
    owner.row(text),
    owner.thread.getByText(text),
    operator.row(text),
  );
  await picture(owner.page, "phase2-owner");

  const { body } = await owner.ask("/api/v1/ui/session");
  assert.deepEqual([body.role, body.staff_role, body.user.provider], ["owner", null, "instagram"]);
  assert.equal((await operator.ask("/api/v1/ui/session")).body.account_id, body.account_id);
  watch.check();
  operatorsWatch.check();
  return { accountID: body.account_id, latency };
});

/** The owner of an account that is on no list learns so, and gets no account. */
async function keepOut(browser, { url, simulatorURL, stranger }) {
  const context = await browser.newContext({ reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(`${url}/login`);
  await page.getByRole("button", { name: "Continue with Instagram" }).click();
  await page.getByRole("radio", { name: stranger }).check();
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("alert").getByText("This account is not on the list").waitFor();
  assert.equal(new URL(page.url()).origin, url);
  await picture(page, "refused-allowlist");
  await context.close();
}
