// The operator's side: an account that waits for approval, the console, an API key from its making to its end, and the last owner who stays.

import assert from "node:assert/strict";
import { desk, inAllLooks } from "./access.mjs";
import { Parlor } from "./parlor.mjs";
import { story } from "./story.mjs";
import { Watch } from "./watch.mjs";

await story(async (browser, { url, simulatorURL, account, waiting, operator, kept }) => {
  const open = async () => {
    const context = await browser.newContext({ viewport: desk, colorScheme: "light", reducedMotion: "reduce" });
    const watch = new Watch(context, url, simulatorURL);
    return { context, watch, parlor: new Parlor(await context.newPage(), url) };
  };
  const guest = await open();
  await guest.parlor.page.goto(`${url}/login`);
  await atInstagram(guest.parlor.page, waiting, simulatorURL);
  await guest.parlor.page.getByRole("alert").getByText("Waiting for approval").waitFor();

  const host = await open();
  const { page } = host.parlor;
  await page.goto(`${url}/login`);
  await signIn(page, operator);
  await host.parlor.inInbox(account);
  await approve(page, waiting);
  await guest.parlor.signInWithInstagram(waiting, simulatorURL);

  await lookAround(page, operator, waiting);
  const key = await keyFromStartToEnd(page, url, account);
  await stay(page, url, account, host.watch);
  await host.context.storageState({ path: kept });
  host.watch.check();
  guest.watch.check();
  return { key };
});

async function signIn(page, { username, password }) {
  await page.getByRole("button", { name: "Operator sign-in" }).click();
  await page.getByRole("textbox", { name: "User name" }).fill(username);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

async function atInstagram(page, username, simulatorURL) {
  await page.getByRole("button", { name: "Continue with Instagram" }).click();
  await page.waitForURL(`${simulatorURL}/**`);
  await page.getByRole("radio", { name: username }).check();
  await page.getByRole("button", { name: "Allow" }).click();
}

async function approve(page, waiting) {
  await page.getByRole("button", { name: "Account menu" }).click();
  await page.getByRole("menuitem", { name: "Installation" }).click();
  const row = page.getByRole("listitem").filter({ hasText: `@${waiting}` });
  await row.getByText("waits for approval").waitFor();
  await row.getByRole("button", { name: "Approve" }).click();
  await row.getByRole("button", { name: "Suspend" }).waitFor();
}

/** Every page of the console, with what must be on it. */
async function lookAround(page, operator, waiting) {
  const tab = (name) => page.getByRole("navigation", { name: "Installation" }).getByRole("link", { name }).click();
  await page.getByRole("searchbox", { name: "Username, name or id" }).fill(waiting);
  await page.getByRole("button", { name: "Find" }).click();
  const accounts = page.getByRole("main").getByRole("listitem").filter({ hasText: "@" });
  await accounts
    .filter({ hasText: `@${waiting}` })
    .getByText("active")
    .waitFor();
  assert.equal(await accounts.count(), 1, "the search finds more than it was asked for");
  await inAllLooks(page, "console-accounts");

  await tab("Roll-out");
  await page.getByText("PARLOR_PROVIDERS=bootstrap,instagram").waitFor();
  await page.getByText("would lock people out").first().waitFor();
  await page
    .getByRole("listitem")
    .filter({ hasText: `@${waiting}` })
    .getByText("owner signed in")
    .waitFor();
  await page.getByRole("listitem").filter({ hasText: "@casalumen" }).getByText("no owner yet").waitFor();
  await inAllLooks(page, "console-rollout");

  await tab("Health");
  await page.getByText("bootstrap, instagram").waitFor();
  await inAllLooks(page, "console-health");

  await tab("People");
  await page.getByRole("listitem").filter({ hasText: operator.username }).getByText("bootstrap (").waitFor();
  await inAllLooks(page, "console-people");

  await tab("Log");
  await page
    .getByRole("listitem")
    .filter({ hasText: /approved/ })
    .first()
    .waitFor();
  await inAllLooks(page, "console-log");
}

/** A key is made, opens the direct API, is replaced by another, and both end. */
async function keyFromStartToEnd(page, url, account) {
  const ask = async (key) => (await fetch(`${url}/api/v1/conversations`, { headers: { "X-API-Key": key } })).status;
  const shown = page.getByLabel("Key “Shop system”").locator("code");
  await page.goto(`${url}/a/${account}/settings/keys`);
  await page.getByLabel("Name").fill("Shop system");
  await page.getByRole("button", { name: "Make a key" }).click();
  const first = await shown.innerText();
  assert.equal(await ask(first), 200);

  await page.getByRole("button", { name: "Replace" }).click();
  await page.waitForFunction((old) => !document.body.innerText.includes(old), first);
  const second = await shown.innerText();
  assert.notEqual(second, first);
  assert.deepEqual(
    [await ask(first), await ask(second)],
    [200, 200],
    "the former key does not go on beside its successor",
  );
  await inAllLooks(page, "keys-replaced");

  for (let left = 2; left > 0; left--) {
    await page.getByRole("button", { name: "Revoke" }).first().click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
  }
  await page.getByRole("button", { name: "Revoke" }).waitFor({ state: "detached" });
  return second;
}

/** The only owner cannot leave. */
async function stay(page, url, account, watch) {
  await page.goto(`${url}/a/${account}/settings/team`);
  watch.expect(409, /\/api\/v1\/ui\/membership$/);
  await page.getByRole("button", { name: "Leave…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Leave", exact: true }).click();
  await dialog.getByText("The account needs an owner").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
}
