// The doors from outside: every refusal is a page that says what happened and what to do, and nobody is signed in.

import assert from "node:assert/strict";
import { checkAccess } from "./access.mjs";
import { Parlor } from "./parlor.mjs";
import { picture, story } from "./story.mjs";
import { Watch } from "./watch.mjs";

await story(async (browser, input) => {
  for (const tell of [cancelled, personalAccount, withoutMessages, inAnotherBrowser, usedTwice, wrongPassword, staff])
    await visit(browser, input, tell);
  return {};
});

/** Tells one refusal in a browser of its own. */
async function visit(browser, input, tell) {
  const { url, simulatorURL } = input;
  const context = await browser.newContext({ reducedMotion: "reduce" });
  const watch = new Watch(context, url, simulatorURL);
  const page = await context.newPage();
  await page.goto(`${url}/login`);
  await tell(page, { ...input, browser, watch });
  watch.check();
  await context.close();
}

async function atConsent(page, simulatorURL) {
  await page.getByRole("button", { name: "Continue with Instagram" }).click();
  await page.waitForURL(`${simulatorURL}/**`);
}

/** The page of a refusal: its words, a way to go on, no session. */
async function refused(page, url, name, title) {
  await page.getByRole("alert").getByText(title).waitFor();
  await page.getByRole("button", { name: "Continue with Instagram" }).waitFor();
  assert.equal(new URL(page.url()).origin, url);
  await picture(page, `refused-${name}`);
  await checkAccess(page, title);
  const names = (await page.context().cookies(url)).map((c) => c.name);
  assert.ok(!names.includes("parlor_session"), "there is a session all the same");
}

async function cancelled(page, { url, simulatorURL }) {
  await atConsent(page, simulatorURL);
  await page.getByRole("button", { name: "Cancel" }).click();
  await refused(page, url, "cancelled", "Sign-in was cancelled");
}

async function personalAccount(page, { url, simulatorURL, personal }) {
  await atConsent(page, simulatorURL);
  await page.getByRole("radio", { name: personal }).check();
  await page.getByRole("button", { name: "Allow" }).click();
  await refused(page, url, "personal", "This is a personal Instagram account");
}

async function withoutMessages(page, { url, simulatorURL }) {
  await atConsent(page, simulatorURL);
  await page.getByRole("checkbox", { name: "Read and answer your messages" }).uncheck();
  await page.getByRole("button", { name: "Allow" }).click();
  await refused(page, url, "permission", "Access to messages is missing");
}

/** Begins a sign-in and stops it on the way back; returns the address that the browser was to be sent to. */
async function heldBack(page, simulatorURL) {
  await atConsent(page, simulatorURL);
  let address = "";
  await page.route("**/oauth/authorize", async (route) => {
    const consent = await route.fetch({ maxRedirects: 0 });
    address = consent.headers().location;
    await route.fulfill({ body: "held back" });
  });
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByText("held back").waitFor();
  await page.unroute("**/oauth/authorize");
  return address;
}

async function inAnotherBrowser(page, { url, simulatorURL, browser }) {
  const address = await heldBack(page, simulatorURL);
  const victim = await (await browser.newContext({ reducedMotion: "reduce" })).newPage();
  await victim.goto(address);
  await refused(victim, url, "state", "This sign-in cannot be continued");
  await victim.context().close();
}

async function usedTwice(page, { url, simulatorURL, first }) {
  const address = await heldBack(page, simulatorURL);
  await page.goto(address);
  const parlor = new Parlor(page, url);
  await parlor.inInbox(first);
  await parlor.signOut();
  await page.goto(address);
  await refused(page, url, "replayed", "This sign-in cannot be continued");
}

async function fillOperatorForm(page, { username, password }) {
  await page.getByRole("button", { name: "Operator sign-in" }).click();
  await page.getByRole("textbox", { name: "User name" }).fill(username);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

async function wrongPassword(page, { url, operator, watch, first }) {
  watch.expect(401, /\/api\/v1\/ui\/session$/);
  await fillOperatorForm(page, { username: operator.username, password: "guessed" });
  await page.getByRole("alert").getByText("User name or password is wrong").waitFor();
  await picture(page, "refused-password");
  await checkAccess(page, "a wrong password");
  await page.getByLabel("Password", { exact: true }).fill(operator.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await new Parlor(page, url).inInbox(first);
}

async function staff(page, { url, support, first }) {
  await fillOperatorForm(page, support);
  await page.getByRole("heading", { name: "Installation" }).waitFor();
  await picture(page, "staff");
  await checkAccess(page, "the page of staff");
  await page.goto(`${url}/a/${first}/inbox`);
  await page.getByRole("heading", { name: "Installation" }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Continue with Instagram" }).waitFor();
}
