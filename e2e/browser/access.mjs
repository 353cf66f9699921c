// Can everybody use it: axe, and no sideways scrolling.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { axePath, picture } from "./story.mjs";

export const desk = { width: 1280, height: 800 };
export const phone = { width: 390, height: 844 };

const axe = readFileSync(axePath, "utf8");

const everything = undefined; // all of axe's rules
const colours = { type: "rule", values: ["color-contrast", "link-in-text-block"] };

/** In the page: the look that was asked for is drawn. A colour on its way from light to dark is none of the two, and one that is inherited sets out when the other arrives. */
export async function atRest() {
  for (;;) {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const ending = document.getAnimations().filter((a) => a.effect.getComputedTiming().endTime < Infinity);
    if (ending.every((a) => a.playState === "finished")) return;
    await Promise.allSettled(ending.map((a) => a.finished));
  }
}

/** Throws what axe finds on the page, and whatever is wider than the window. */
export async function checkAccess(page, what, rules = everything) {
  await page.evaluate(atRest);
  // By the debugger, which the page's content security policy does not bind.
  await page.evaluate(axe);
  const found = await page.evaluate(async (runOnly) => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"], runOnly });
    return violations
      .map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  }, rules);
  assert.deepEqual(found, [], `axe on ${what}`);
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(excess, 0, `${what} is wider than its window`);
}

/** Accessibility, and screenshots, in light, dark and at phone width. Only the colours differ in the dark, so only they are asked for again. */
export async function inAllLooks(page, name, steps = {}) {
  for (const [colorScheme, rules] of [
    ["light", everything],
    ["dark", colours],
  ]) {
    await page.emulateMedia({ colorScheme });
    await picture(page, `${name}-${colorScheme}`);
    await checkAccess(page, `${name}, ${colorScheme}`, rules);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(phone);
  await steps.onPhone?.();
  await picture(page, `${name}-390`);
  await checkAccess(page, `${name}, 390 px`);
  await page.setViewportSize(desk);
}
