// Can everybody use it: axe, and no sideways scrolling.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { axePath, picture } from "./story.mjs";

export const desk = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

const axe = readFileSync(axePath, "utf8");

/** Throws what axe finds serious or critical on the page, and whatever is wider than the window. */
export async function checkAccess(page, what) {
  // By the debugger, which the page's content security policy does not bind.
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter((v) => v.impact === "serious" || v.impact === "critical")
      .map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  });
  assert.deepEqual(found, [], `axe on ${what}`);
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(excess, 0, `${what} is wider than its window`);
}

/** Screenshots and accessibility in light, dark and at phone width. */
export async function inAllLooks(page, name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await picture(page, `${name}-${colorScheme}`);
    await checkAccess(page, `${name}, ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(phone);
  await picture(page, `${name}-390`);
  await checkAccess(page, `${name}, 390 px`);
  await page.setViewportSize(desk);
}
