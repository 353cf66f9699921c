// Every screen, at three widths, in light and dark: a picture of each, and what axe finds.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { atRest, checkAccess } from "./access.mjs";
import { owner, person } from "./people.mjs";
import { story } from "./story.mjs";

const widths = [1440, 1024, 390];
const height = { 1440: 900, 1024: 768, 390: 844 };

await story(async (browser, { url, simulatorURL, account, folder, operator }) => {
  mkdirSync(folder, { recursive: true });
  const album = new Album(folder);
  await strangers(browser, album, { url, simulatorURL });
  const me = await owner(browser, { url, simulatorURL, account });
  await me.parlor.rows.first().waitFor();
  await inbox(me.parlor, album, account);
  await settings(me.parlor, album, account);
  await trouble(me.parlor, album, account);
  await staff(browser, album, { url, simulatorURL, operator });
  return { screens: album.screens, findings: album.findings };
});

/** Takes the pictures. What axe finds is kept, so that one finding does not cost the rest of the pictures. */
class Album {
  screens = 0;
  findings = [];

  constructor(folder) {
    this.folder = folder;
  }

  async take(page, name) {
    const session = await page.context().newCDPSession(page);
    for (const width of widths) {
      await page.setViewportSize({ width, height: height[width] });
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await page.evaluate(() => document.fonts.ready);
        await page.evaluate(atRest);
        await checkAccess(page, `${name}, ${width} px, ${colorScheme}`).catch((e) => this.findings.push(e.message));
        const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 45 });
        writeFileSync(join(this.folder, `${name}-${width}-${colorScheme}.webp`), Buffer.from(data, "base64"));
      }
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: widths[0], height: height[widths[0]] });
    await session.detach();
    this.screens++;
  }
}

async function strangers(browser, album, { url, simulatorURL }) {
  const { context, parlor } = await person(browser, url, simulatorURL);
  const { page } = parlor;
  for (const [name, path] of [
    ["login", "/login"],
    ["login-denied", "/login?error=access_denied"],
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

async function staff(browser, album, { url, simulatorURL, operator }) {
  const { context, parlor } = await person(browser, url, simulatorURL);
  const { page } = parlor;
  await page.goto(`${url}/login`);
  await page.getByRole("button", { name: "Operator sign-in" }).click();
  await page.getByLabel("User name").fill(operator.username);
  await page.getByLabel("Password", { exact: true }).fill(operator.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  for (const tab of ["", "/rollout", "/health", "/people", "/log"]) {
    await page.goto(`${url}/staff${tab}`);
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    await album.take(page, `staff${tab.replace("/", "-")}`);
  }
  await context.close();
}
