// Every screen, at three widths, in light and dark: a picture of each, and what axe finds.

import { Album } from "./album.mjs";
import { owner, person } from "./people.mjs";
import { story } from "./story.mjs";

await story(async (browser, { url, simulatorURL, account, folder, operator, support }) => {
  const album = new Album(folder);
  await strangers(browser, album, { url, simulatorURL });
  const me = await owner(browser, { url, simulatorURL, account });
  await me.parlor.rows.first().waitFor();
  await inbox(me.parlor, album, account);
  await settings(me.parlor, album, account);
  await trouble(me.parlor, album, account);
  await staff(browser, album, { url, simulatorURL, operator });
  await visit(browser, album, { url, simulatorURL, account, support });
  return { screens: album.screens, findings: album.findings };
});

async function strangers(browser, album, { url, simulatorURL }) {
  const { context, parlor } = await person(browser, url, simulatorURL);
  const { page } = parlor;
  for (const [name, path] of [
    ["login", "/login"],
    ["login-denied", "/login?error=denied"],
    ["login-expired", "/login?error=session_expired"],
    ["invitation-gone", "/invite"],
  ]) {
    await page.goto(url + path);
    await page.getByRole("heading").first().waitFor();
    await album.take(page, name);
  }
  await page.goto(`${url}/login`);
  await page.getByRole("button", { name: "Operator sign-in" }).click();
  await page.getByLabel("User name").waitFor();
  await album.take(page, "login-operator");
  await context.close();
}

async function inbox({ page, rows, thread, url }, album, account) {
  const to = (query = "") => page.goto(`${url}/a/${account}/inbox${query}`);
  const listed = () => rows.first().waitFor();
  await album.take(page, "inbox");
  await rows.first().getByRole("link").click();
  await thread.getByRole("article").first().waitFor();
  await album.take(page, "thread");
  await page
    .getByRole("radio", { name: "Internal note" })
    .or(page.getByRole("tab", { name: "Internal note" }))
    .or(page.getByRole("button", { name: "Internal note" }))
    .first()
    .click();
  await album.take(page, "composer-note");
  await page.keyboard.press("Escape");
  await to();
  await listed();
  for (const [name, key] of [
    ["snooze", "h"],
    ["assign", "a"],
    ["label", "l"],
    ["shortcuts", "?"],
    ["commands", "Control+k"],
  ]) {
    await rows.first().getByRole("link").click();
    await thread.getByRole("article").first().waitFor();
    await page.locator("body").press(key);
    await page.getByRole("dialog").first().waitFor();
    await album.take(page, name);
    await to();
    await listed();
  }
  await page.locator("body").press("/");
  await page.getByRole("searchbox").fill("th");
  await page.getByRole("option").first().waitFor();
  await album.take(page, "search");
  await page.getByRole("searchbox").fill("nothing-has-this");
  await page.getByText("Nothing has these words").waitFor();
  await album.take(page, "search-nothing");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Account menu" }).click();
  await page.getByRole("menu").waitFor();
  await album.take(page, "account-menu");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Select conversations" }).click();
  await rows.first().getByRole("checkbox").check();
  await album.take(page, "inbox-selection");
  await to("?view=snoozed");
  await page.getByText("Nothing snoozed", { exact: true }).waitFor();
  await album.take(page, "inbox-empty");
  await to("?view=snoozed&window=closed");
  await page.getByText("Nothing matches", { exact: true }).waitFor();
  await album.take(page, "inbox-filtered-empty");
  const list = /\/api\/v1\/ui\/conversations\?/;
  await page.route(list, (route) => route.fulfill({ status: 500, json: { status: 500, code: "internal" } }));
  await to();
  await page.getByRole("button", { name: "Try again" }).first().waitFor();
  await album.take(page, "inbox-error");
  await page.unroute(list);
  let answer = () => undefined;
  const held = new Promise((resolve) => (answer = resolve));
  await page.route(list, async (route) => {
    await held;
    await route.continue();
  });
  await to();
  await page.locator(".skeleton").first().waitFor();
  await album.take(page, "inbox-loading");
  answer();
  await listed();
  await page.unroute(list);
}

async function settings({ page, url }, album, account) {
  for (const name of [
    "connection",
    "team",
    "keys",
    "saved-replies",
    "labels",
    "notices",
    "appearance",
    "devices",
    "audit",
    "support",
    "data",
  ]) {
    await page.goto(`${url}/a/${account}/settings/${name}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle").catch(() => undefined);
    await album.take(page, `settings-${name}`);
  }
  await page.goto(`${url}/a/${account}/insights`);
  await page.getByRole("heading", { name: "Insights", level: 1 }).waitFor();
  await page.locator("canvas").first().waitFor();
  await album.take(page, "insights");
  await page.goto(`${url}/a/${account}/insights?from=2020-01-01&to=2020-01-07`);
  await page.getByRole("heading", { name: "Insights", level: 1 }).waitFor();
  await album.take(page, "insights-empty");
}

async function trouble({ page, url }, album, account) {
  await page.goto(`${url}/a/${account}/nothing-here`);
  await page.getByRole("heading").first().waitFor();
  await album.take(page, "missing");
  const session = /\/api\/v1\/ui\/session/;
  await page.route(session, (route) => route.fulfill({ status: 503, body: "" }));
  await page.goto(`${url}/a/${account}/inbox`);
  await page.getByRole("heading").first().waitFor();
  await album.take(page, "maintenance");
  await page.unroute(session);
}

/** Opens the console with a password. */
async function inConsole(browser, { url, simulatorURL }, { username, password }) {
  const they = await person(browser, url, simulatorURL);
  const { page } = they.parlor;
  await page.goto(`${url}/login`);
  await page.getByRole("button", { name: "Operator sign-in" }).click();
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((at) => at.pathname !== "/login");
  await page.goto(`${url}/staff`);
  return they;
}

async function staff(browser, album, { url, simulatorURL, operator }) {
  const { context, parlor } = await inConsole(browser, { url, simulatorURL }, operator);
  const { page } = parlor;
  for (const tab of ["", "/rollout", "/health", "/people", "/log"]) {
    await page.goto(`${url}/staff${tab}`);
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    await page.waitForLoadState("networkidle").catch(() => undefined);
    await album.take(page, `staff${tab.replace("/", "-")}`);
  }
  await context.close();
}

/** A visit of support, from the reason to the inbox with its banner. */
async function visit(browser, album, { url, simulatorURL, account, support }) {
  const { context, parlor } = await inConsole(browser, { url, simulatorURL }, support);
  const { page } = parlor;
  await page
    .getByRole("listitem")
    .filter({ hasText: `@${account}` })
    .getByRole("button", { name: /Open for support/ })
    .click();
  await page.getByLabel("Reason, for the owner to read").fill("The customer says that no pictures arrive");
  await album.take(page, "visit-reason");
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await page.waitForURL(`${url}/a/${account}/inbox`);
  await parlor.rows.first().getByRole("link").click();
  await page.getByText("You are here for support, to read").waitFor();
  await album.take(page, "visit");
  await context.close();
}
