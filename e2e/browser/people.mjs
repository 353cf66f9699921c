// People who work together in one account.

import { desk } from "./access.mjs";
import { Parlor } from "./parlor.mjs";
import { Watch } from "./watch.mjs";

/** A person with a browser of their own, which is watched. */
export async function person(browser, url, simulatorURL, options = {}) {
  const context = await browser.newContext({
    viewport: desk,
    colorScheme: "light",
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(20_000);
  const watch = new Watch(context, url, simulatorURL);
  return { context, watch, parlor: new Parlor(await context.newPage(), url) };
}

/** The owner of the account, who signed in with Instagram. */
export async function owner(browser, { url, simulatorURL, account }) {
  const they = await person(browser, url, simulatorURL);
  await they.parlor.page.goto(`${url}/login`);
  await they.parlor.signInWithInstagram(account, simulatorURL);
  return they;
}

/** A colleague joins by the owner's link, with a business of their own, and both are in the account's inbox. */
export async function colleague(browser, owner, { url, simulatorURL, account, colleague, name }, options = {}) {
  const they = await person(browser, url, simulatorURL, options);
  const { page } = owner.parlor;
  await page.goto(`${url}/a/${account}/settings/team`);
  await page.getByLabel("For whom").fill(name);
  await page.getByRole("button", { name: "Make a link" }).click();
  const link = await page.locator("code").innerText();
  they.watch.expect(401, /\/api\/v1\/ui\/session$/); // nobody is signed in there yet
  const theirs = they.parlor.page;
  await theirs.goto(link);
  await theirs.getByRole("button", { name: "Continue with Instagram" }).click();
  await theirs.getByRole("radio", { name: colleague }).check();
  await theirs.getByRole("button", { name: "Allow" }).click();
  await they.parlor.inInbox(account);
  await page.goto(`${url}/a/${account}/inbox`);
  await owner.parlor.rows.first().waitFor();
  return they;
}
