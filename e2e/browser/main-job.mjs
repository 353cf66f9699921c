// The main job: two owners sign in with Instagram in two browsers, a customer writes to the first, and the message appears
// there and nowhere else.

import assert from "node:assert/strict";
import { checkAccess, desk, inAllLooks, phone } from "./access.mjs";
import { Parlor, within2s, write } from "./parlor.mjs";
import { picture, story } from "./story.mjs";
import { Watch } from "./watch.mjs";

const sessionEndpoint = /\/api\/v1\/ui\/session$/;

await story(async (browser, { url, simulatorURL, first, second }) => {
  const one = await open(browser, url, simulatorURL);
  const two = await open(browser, url, simulatorURL);

  await drawLogin(one.parlor);
  await one.parlor.signInWithInstagram(first, simulatorURL);
  await two.parlor.signInWithInstagram(second, simulatorURL);
  await one.parlor.rows.first().waitFor();
  await two.parlor.rows.first().waitFor();

  const latencies = await receive(one.parlor, two.parlor, { simulatorURL, first, second });
  await readOnceForAll(one.parlor, simulatorURL, first);
  await one.parlor.checkSecrecy();
  await keepOut(one, two, second);
  await drawInbox(one.parlor, first);
  await leave(one, first);

  const still = await two.parlor.ask("/api/v1/ui/session");
  assert.equal(still.status, 200, "the second owner is signed out as well");
  one.watch.check();
  two.watch.check();
  return { latencies };
});

async function open(browser, url, simulatorURL) {
  const context = await browser.newContext({ viewport: desk, colorScheme: "light", reducedMotion: "reduce" });
  const watch = new Watch(context, url, simulatorURL);
  const page = await context.newPage();
  await page.goto(`${url}/login`);
  return { parlor: new Parlor(page, url), watch };
}

async function drawLogin({ page }) {
  await page.getByRole("button", { name: "Continue with Instagram" }).waitFor();
  await inAllLooks(page, "login");
  await page.getByRole("button", { name: "Operator sign-in" }).click();
  await page.getByLabel("User name").waitFor();
  await checkAccess(page, "operator sign-in");
  await page.getByRole("button", { name: "All ways to sign in" }).click();
}

/** A customer writes: to the first owner, into list and open thread; then to the second, which the first must not see. */
async function receive(one, two, { simulatorURL, first, second }) {
  const latencies = [];
  latencies.push(
    await within2s(
      () => write(simulatorURL, first, "e2e.customer", "Only for the first: 0"),
      one.row("Only for the first: 0"),
    ),
  );
  await one.row("Only for the first: 0").click();
  await one.thread.getByText("Only for the first: 0").waitFor();
  for (const n of [1, 2, 3, 4]) {
    const text = `Only for the first: ${n} 🌿`;
    latencies.push(
      await within2s(() => write(simulatorURL, first, "e2e.customer", text), one.row(text), one.thread.getByText(text)),
    );
  }
  // The second owner's page has shown a later message: it is live, and whatever was to come before has come.
  await within2s(
    () => write(simulatorURL, second, "e2e.customer", "Only for the second"),
    two.row("Only for the second"),
  );
  assert.equal(
    await two.page.getByText("Only for the first").count(),
    0,
    "the second owner's page shows the first's message",
  );
  assert.equal(
    await one.page.getByText("Only for the second").count(),
    0,
    "the first owner's page shows the second's message",
  );
  const [firstTexts, secondTexts] = [await one.everyText(), await two.everyText()];
  const count = (texts, part) => texts.filter((text) => text?.includes(part)).length;
  assert.deepEqual([count(firstTexts, "Only for the first"), count(secondTexts, "Only for the first")], [5, 0]);
  assert.deepEqual([count(firstTexts, "Only for the second"), count(secondTexts, "Only for the second")], [0, 1]);
  return latencies;
}

/** Opening a conversation marks it read, and a reload keeps that, the session and the place. */
async function readOnceForAll(one, simulatorURL, first) {
  const { page } = one;
  await write(simulatorURL, first, "e2e.another", "Do you ship to Porto?");
  const row = one.row("Do you ship to Porto?");
  await row.getByText("1 unread message").waitFor();
  await row.click();
  await row.getByText("1 unread message").waitFor({ state: "detached" });
  await page.waitForFunction(() => /\/inbox\/[0-9a-f-]{36}$/.test(location.pathname));
  const place = page.url();

  await page.reload();
  await one.heading.waitFor();
  await one.thread.getByText("Do you ship to Porto?").waitFor();
  await row.waitFor();
  assert.equal(page.url(), place);
  assert.equal(await row.getByText("unread message").count(), 0, "it is unread again after a reload");
}

/** Neither the address of the other account nor that of one of its conversations leads anywhere. */
async function keepOut({ parlor: one, watch }, { parlor: two }, second) {
  const { page } = one;
  const place = page.url();
  const foreign = (await two.ask("/api/v1/ui/conversations?limit=1")).body.items[0].id;
  assert.equal((await one.ask(`/api/v1/ui/conversations/${foreign}`)).status, 404);

  watch.expect(404, new RegExp(`/conversations/${foreign}`));
  await page.goto(place.replace(/[^/]+$/, foreign));
  await page.getByText("This conversation does not exist").waitFor();
  await page.goto(`${one.url}/a/${second}/inbox`);
  await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
  await page.goto(place);
  await one.thread.waitFor();
}

async function drawInbox(one, first) {
  const { page } = one;
  const answered = one.rows.filter({ hasText: "You: " }).first().getByRole("link"); // a thread with both sides
  await answered.click();
  await one.page.waitForFunction(() => document.querySelectorAll("[role=log] time").length > 1);
  await inAllLooks(page, "thread", { onPhone: () => one.list.waitFor({ state: "hidden" }) });
  await page.setViewportSize(phone);
  await page.getByRole("link", { name: "Back to the conversations" }).click();
  await one.inInbox(first);
  await one.list.waitFor();
  await page.setViewportSize(desk);
  await inAllLooks(page, "inbox", { onPhone: () => one.thread.waitFor({ state: "hidden" }) });
}

/** Signing out ends the session for the page, for a reload and for whoever has kept the token. */
async function leave({ parlor: one, watch }, first) {
  const { page, token } = one;
  assert.equal((await one.ask("/api/v1/ui/session", token)).status, 200);
  await one.signOut();
  await picture(page, "signed-out");
  const refused = await one.ask("/api/v1/ui/conversations", token);
  assert.deepEqual([refused.status, refused.body.code], [401, "invalid_token"]);

  watch.expect(401, sessionEndpoint);
  await page.goto(`${one.url}/a/${first}/inbox`);
  await page.getByRole("button", { name: "Continue with Instagram" }).waitFor();
  assert.equal(new URL(page.url()).pathname, "/login");
  assert.equal(await page.getByText("Only for the first").count(), 0);
}
