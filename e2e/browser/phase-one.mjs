// Phase 1: the operator signs in by the browser's own prompt and receives a customer's message, and no OAuth is anywhere.

import assert from "node:assert/strict";
import { checkAccess } from "./access.mjs";
import { Parlor, within2s, write } from "./parlor.mjs";
import { picture, story } from "./story.mjs";
import { Watch } from "./watch.mjs";

await story(async (browser, { url, simulatorURL, business, operator, kept }) => {
  const { providers } = await (await fetch(`${url}/auth/providers`)).json();
  assert.deepEqual(
    providers.map((p) => p.id),
    ["bootstrap"],
  );

  // Who does not know the password is not let in, by the prompt or by a header that only nginx may send.
  const stranger = await browser.newContext();
  const refused = await stranger.request.get(`${url}/auth/bootstrap/login`, {
    headers: { "X-Remote-User": operator.username },
  });
  assert.equal(refused.status(), 401);
  await stranger.close();

  const context = await browser.newContext({ httpCredentials: { ...operator, origin: url }, reducedMotion: "reduce" });
  const watch = new Watch(context, url);
  const page = await context.newPage();
  const parlor = new Parlor(page, url);
  await page.goto(`${url}/login`);
  assert.equal(await page.getByRole("button", { name: "Continue with Instagram" }).count(), 0);
  await page.getByRole("button", { name: "Operator sign-in" }).click();
  await parlor.inInbox(business);
  await page.getByText("No conversations yet").waitFor();
  await picture(page, "phase1-empty");
  await checkAccess(page, "an empty inbox");

  const latency = await within2s(
    () => write(simulatorURL, business, "phase.one", "Hello, operator"),
    parlor.row("Hello, operator"),
  );
  await parlor.row("Hello, operator").click();
  await parlor.thread.getByText("Hello, operator").waitFor();
  await parlor.checkSecrecy();
  await page.reload();
  await parlor.thread.getByText("Hello, operator").waitFor();
  await picture(page, "phase1-thread");

  const { body } = await parlor.ask("/api/v1/ui/session");
  assert.deepEqual([body.role, body.staff_role, body.user.provider], ["owner", "operator", "bootstrap"]);
  await context.storageState({ path: kept });
  watch.check();
  return { accountID: body.account_id, latency };
});
