// Twenty minutes later: what is sensitive asks the operator to sign in once more, and keeps what was typed. Then the day on which no other door
// opens: a link lets an operator in, once.

import { desk, inAllLooks } from "./access.mjs";
import { Parlor } from "./parlor.mjs";
import { story } from "./story.mjs";
import { Watch } from "./watch.mjs";

await story(async (browser, { url, account, operator, kept, link }) => {
  const open = async (more) => {
    const context = await browser.newContext({
      viewport: desk,
      colorScheme: "light",
      reducedMotion: "reduce",
      ...more,
    });
    return { context, watch: new Watch(context, url), page: await context.newPage() };
  };
  const host = await open({ storageState: kept });
  await onceMore(host, url, account, operator);
  host.watch.check();

  const mika = await open();
  mika.watch.expect(401, /\/api\/v1\/ui\/session$/); // nobody is signed in there yet
  await mika.page.goto(link);
  await mika.page.getByRole("heading", { name: "Emergency sign-in" }).waitFor();
  await inAllLooks(mika.page, "break-glass");
  await mika.page.getByRole("button", { name: "Sign in as operator" }).click();
  await mika.page.getByRole("heading", { name: "Installation" }).waitFor();
  await mika.page.getByText(`@${account}`).waitFor();
  mika.watch.check();

  const thief = await open();
  thief.watch.expect(401, /\/api\/v1\/ui\/session$/);
  thief.watch.expect(404, /\/break-glass$/);
  await thief.page.goto(link);
  await thief.page.getByRole("button", { name: "Sign in as operator" }).click();
  await thief.page.getByRole("alert").waitFor();
  thief.watch.check();
  return {};
});

async function onceMore({ page, watch }, url, account, operator) {
  watch.expect(403, /\/api\/v1\/ui\/keys$/);
  watch.expect(401, /\/api\/v1\/ui\/session$/);
  await page.goto(`${url}/a/${account}/settings/keys`);
  await page.getByLabel("Name").fill("Later");
  await page.getByRole("button", { name: "Make a key" }).click();
  const dialog = page.getByRole("dialog", { name: "Sign in once more" });
  await inAllLooks(page, "step-up");
  await dialog.getByLabel("Password").fill("guessed");
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await dialog.getByText("User name or password is wrong").waitFor();
  await dialog.getByLabel("Password").fill(operator.password);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await page.getByLabel("Key “Later”").locator("code").waitFor(); // made at once, without typing it again
  await new Parlor(page, url).checkSecrecy();
}
