// Can everybody use it: axe, and no sideways scrolling.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { axePath } from "./story.mjs";

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
