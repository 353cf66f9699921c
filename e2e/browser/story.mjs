// A story is told by one script in one browser. What it needs comes as JSON in PARLOR_E2E; what it found goes to
// standard output as JSON. A story that fails leaves a picture of every open page in e2e/artifacts.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");

export const axePath = require.resolve("axe-core/axe.min.js");
export const artifacts = new URL("../artifacts/", import.meta.url).pathname;

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Tells a story in a fresh browser: tell(browser, input) returns what is to be reported. */
export async function story(tell) {
  const input = JSON.parse(process.env.PARLOR_E2E);
  mkdirSync(artifacts, { recursive: true });
  const browser = await chromium.launch({ executablePath: input.chromium, headless: true, args: flags });
  try {
    console.log(JSON.stringify(await tell(browser, input)));
  } catch (error) {
    console.error(error.stack);
    process.exitCode = 1;
    await pictureOfFailure(browser);
  } finally {
    await browser.close();
  }
}

async function pictureOfFailure(browser) {
  const pages = browser.contexts().flatMap((context) => context.pages());
  for (const [n, page] of pages.entries()) {
    console.error(`page ${n}: ${page.url()}`);
    await page.screenshot({ path: join(artifacts, `failed-${n}.png`) }).catch(() => undefined);
  }
}

/** Takes a screenshot once fonts and animations are at rest, where PARLOR_TEST_PICTURES asks for them. */
export async function picture(page, name) {
  if (!process.env.PARLOR_TEST_PICTURES) return;
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(artifacts, `${name}.png`), animations: "disabled", caret: "hide" });
}

/** Waits until something is there; what says in words that it is not, for the failure. */
export async function until(what, there) {
  for (const deadline = Date.now() + 20_000; !(await there());) {
    assert.ok(Date.now() < deadline, what);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
