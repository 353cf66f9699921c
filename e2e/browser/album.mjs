// Pictures of screens at three widths, in light and dark, and what axe finds on each.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { atRest, checkAccess } from "./access.mjs";

const sizes = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
  { width: 390, height: 844 },
];

/** An album takes the pictures. What axe finds is kept, so that one finding does not cost the rest of the pictures. */
export class Album {
  screens = 0;
  findings = [];

  constructor(folder) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  async take(page, name) {
    const session = await page.context().newCDPSession(page);
    for (const size of sizes) {
      await page.setViewportSize(size);
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await page.evaluate(() => document.fonts.ready);
        await page.evaluate(atRest);
        await checkAccess(page, `${name}, ${size.width} px, ${colorScheme}`).catch((e) => this.findings.push(e.message));
        const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 45 });
        writeFileSync(join(this.folder, `${name}-${size.width}-${colorScheme}.webp`), Buffer.from(data, "base64"));
      }
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize(sizes[0]);
    await session.detach();
    this.screens++;
  }
}
