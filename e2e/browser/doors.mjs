// The doors: an owner invites a colleague, makes a key and looks at the devices; support visits for a reason, is seen at once and shown out.

import assert from "node:assert/strict";
import { desk, inAllLooks } from "./access.mjs";
import { Parlor } from "./parlor.mjs";
import { story, until } from "./story.mjs";
import { Watch } from "./watch.mjs";

const why = "The customer says that no pictures arrive";

await story(async (browser, { url, simulatorURL, account, colleague, support }) => {
  const owner = await open(browser, url, simulatorURL);
  await owner.page.goto(`${url}/login`);
  await owner.parlor.signInWithInstagram(account, simulatorURL);
  const agent = await join(browser, owner, {
    url,
    simulatorURL,
    account,
    colleague,
  });
  await demote(owner, agent, account);
  await keys(owner, account);
  await devices(browser, owner, { url, simulatorURL, account });
  const report = await visit(browser, owner, {
    url,
    simulatorURL,
    account,
    support,
  });
  await log(owner, account);
  owner.watch.check();
  agent.watch.check();
  return report;
});

async function open(browser, url, simulatorURL) {
  const context = await browser.newContext({
    viewport: desk,
    colorScheme: "light",
    reducedMotion: "reduce",
  });
  const watch = new Watch(context, url, simulatorURL);
  const page = await context.newPage();
  return { page, watch, parlor: new Parlor(page, url), context };
}

function settings(page, url, account, name) {
  return page.goto(`${url}/a/${account}/settings/${name}`);
}

/** The colleague comes by the link, with a business of their own, and lands in this account. */
async function join(browser, owner, { url, simulatorURL, account, colleague }) {
  const { page } = owner;
  await settings(page, url, account, "team");
  await page.getByLabel("For whom").fill("Ana, evenings");
  await page.getByRole("button", { name: "Make a link" }).click();
  const link = await page.locator("code").innerText();
  await inAllLooks(page, "team");
  const agent = await open(browser, url, simulatorURL);
  agent.watch.expect(401, /\/api\/v1\/ui\/session$/); // nobody is signed in there yet
  await agent.page.goto(link);
  await agent.page.getByRole("heading", { name: `Join @${account}` }).waitFor();
  assert.ok(!agent.page.url().includes("#"), "the link's secret stays in the address");
  await inAllLooks(agent.page, "invite");
  await agent.page.getByRole("button", { name: "Continue with Instagram" }).click();
  await agent.page.waitForURL(`${simulatorURL}/**`);
  await agent.page.getByRole("radio", { name: colleague }).check();
  await agent.page.getByRole("button", { name: "Allow" }).click();
  await agent.parlor.inInbox(account);
  await page.getByText("accepted").waitFor(); // live, without a reload
  return agent;
}

/** A smaller role shows at once, on the page that is open. */
async function demote(owner, agent, account) {
  await agent.parlor.rows.first().getByRole("link").click();
  await agent.page.getByRole("textbox", { name: "Reply" }).waitFor();
  agent.watch.expect(401, /\/api\/v1\/ui\//); // the token of the former role, before it is renewed
  const role = owner.page.getByRole("combobox", { name: /^Role of/ }).last();
  await role.selectOption("viewer");
  await agent.page.getByText("You can read, not reply").waitFor({ timeout: 5_000 });
  await agent.page.goto(new URL(`/a/${account}/settings/team`, agent.page.url()).href);
  await agent.page.getByRole("heading", { name: "People" }).waitFor();
  assert.equal(await agent.page.getByRole("link", { name: "API keys" }).count(), 0, "a viewer is shown the keys");
}

async function keys({ page, parlor }, account) {
  await settings(page, parlor.url, account, "keys");
  await page.getByLabel("Name").fill("Shop system");
  await page.getByRole("button", { name: "Make a key" }).click();
  const text = await page.getByRole("region", { name: "Key “Shop system”" }).locator("code").innerText();
  assert.match(text, /^parlor_/);
  const direct = await fetch(`${parlor.url}/api/v1/conversations`, {
    headers: { Authorization: `Bearer ${text}` },
  });
  assert.equal(direct.status, 200, "the key does not open the direct API");
  await page.reload();
  await page.getByText("Shop system").waitFor();
  assert.ok(!(await page.content()).includes(text), "the key is shown again");
  await inAllLooks(page, "keys");
}

/** Another browser of the same person is ended from here. */
async function devices(browser, owner, { url, simulatorURL, account }) {
  const other = await open(browser, url, simulatorURL);
  await other.page.goto(`${url}/login`);
  await other.parlor.signInWithInstagram(account, simulatorURL);
  other.watch.expect(401, /\/api\/v1\/ui\//);
  await settings(owner.page, url, account, "devices");
  await owner.page.getByRole("button", { name: "Sign out", exact: true }).first().waitFor();
  await inAllLooks(owner.page, "devices");
  await owner.page.getByRole("button", { name: "Sign out everywhere else…" }).click();
  await owner.page.getByRole("button", { name: "Sign out everywhere else", exact: true }).click();
  await other.page.waitForURL((u) => u.pathname === "/login", {
    timeout: 10_000,
  });
  await other.context.close();
}

/** Support comes with a reason, is seen within two seconds, reads alone, and is out within two seconds when the owner says so. */
async function visit(browser, owner, { url, simulatorURL, account, support }) {
  const staff = await open(browser, url, simulatorURL);
  await staff.page.goto(`${url}/login`);
  await staff.page.getByRole("button", { name: "Operator sign-in" }).click();
  await staff.page.getByLabel("User name").fill(support.username);
  await staff.page.getByLabel("Password", { exact: true }).fill(support.password);
  await staff.page.getByRole("button", { name: "Sign in", exact: true }).click();
  await staff.page.waitForURL(`${url}/staff`);
  await staff.page.getByText(`@${account}`).waitFor();
  await inAllLooks(staff.page, "console");
  await settings(owner.page, url, account, "support");
  await owner.page.getByText("Nobody of support was here.").waitFor();

  await staff.page
    .getByRole("listitem")
    .filter({ hasText: `@${account}` })
    .getByRole("button", { name: /Open for support/ })
    .click();
  await staff.page.getByLabel("Reason, for the owner to read").fill("too short");
  assert.ok(
    await staff.page.getByRole("button", { name: "Open", exact: true }).isDisabled(),
    "a reason of nine characters is taken",
  );
  await staff.page.getByLabel("Reason, for the owner to read").fill(why);
  await inAllLooks(staff.page, "open-for-support");
  await staff.page.getByRole("button", { name: "Open", exact: true }).click();
  const opened = Date.now();
  await owner.page.getByText(`${support.username} of support opened your account`).waitFor();
  const seen = Date.now() - opened;

  await staff.page.waitForURL(`${url}/a/${account}/inbox`);
  const banner = staff.page.getByRole("complementary", {
    name: "Support access",
  });
  await banner.getByText("reading only").waitFor();
  await staff.parlor.rows.first().getByRole("link").click();
  await staff.page.getByText("You are here for support, to read").waitFor();
  const conversation = new URL(staff.page.url()).pathname.split("/").pop();
  await inAllLooks(staff.page, "visit");
  await staff.page.reload();
  await banner.waitFor(); // a reload goes on with the visit
  await owner.page.reload();
  await owner.page.getByText(why).first().waitFor();
  await owner.page.locator(`main a[href$="/inbox/${conversation}"]`).waitFor(); // which conversation was opened
  await inAllLooks(owner.page, "support");

  const token = await tokenOf(staff.page, conversation);
  staff.watch.expect(401, /\/api\/v1\/ui\//);
  staff.watch.expect(404, /\/api\/v1\/ui\/session$/);
  await owner.page.getByRole("button", { name: "End now" }).click();
  const ended = Date.now();
  await until("the token is not refused", async () => (await ask(url, token)) === 401);
  const refused = Date.now() - ended;
  await staff.page.getByText("The visit is over.").waitFor();
  const out = Date.now() - ended;
  await owner.page.getByText("ended by an owner").waitFor();
  staff.watch.check();
  assert.ok(seen < 2_000, `the owner sees the visit after ${seen} ms`);
  assert.ok(refused < 2_000, `the visitor's token is refused after ${refused} ms`);
  assert.ok(out < 2_000, `the visitor is shown out after ${out} ms`);
  return { seen, refused, out };
}

/** The token that the page sends with its requests; it is nowhere but in the page's memory. */
async function tokenOf(page, conversation) {
  const asked = page.waitForRequest((r) => r.url().includes("/api/v1/ui/") && !!r.headers().authorization);
  await page.reload();
  assert.ok(page.url().includes(conversation));
  return (await asked).headers().authorization;
}

async function ask(url, authorization) {
  const { status } = await fetch(`${url}/api/v1/ui/conversations`, { headers: { authorization } });
  return status;
}

async function log({ page, parlor }, account) {
  await settings(page, parlor.url, account, "audit");
  await page.getByText(`On a visit of support: ${why}`).first().waitFor();
  const what = page.getByLabel("What", { exact: true });
  // Each request of the visit is a line too, so its beginning may be a page away.
  await what.selectOption({ label: "opened the account for support" });
  await page.getByRole("listitem").filter({ hasText: "opened the account for support" }).first().waitFor();
  await what.selectOption({ label: "made an API key" });
  await page.getByRole("list").last().getByText("made an API key").waitFor();
  await inAllLooks(page, "audit");
}
