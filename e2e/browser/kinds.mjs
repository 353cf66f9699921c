// Every kind of event, as a person finds it in the thread: by text, and by role where it has one.

import assert from "node:assert/strict";
import { Parlor } from "./parlor.mjs";
import { story } from "./story.mjs";

await story(async (browser, { url, simulatorURL, account, cases }) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(`${url}/login`);
  const parlor = new Parlor(page, url);
  await parlor.signInWithInstagram(account, simulatorURL);
  await parlor.rows.first().waitFor();

  const ids = await conversations(parlor, cases);
  const missing = [];
  let found = 0;
  for (const { name, dom, conversation } of cases) {
    const id = ids.get(at(conversation));
    await page.goto(`${url}/a/${account}/inbox/${id}`);
    await parlor.thread.waitFor();
    for (const wanted of dom) {
      const there = await look(parlor, wanted);
      if (there) found++;
      else missing.push(`${name}: ${wanted.role ?? "anything"} with ${JSON.stringify(wanted.text)}`);
    }
  }
  assert.deepEqual(missing, [], "not in the thread");
  return { found };
});

/** The conversations by the time of their last message; waits until those of all cases are there. */
async function conversations(parlor, cases) {
  for (const deadline = Date.now() + 20_000; ;) {
    const all = await parlor.all("/api/v1/ui/conversations");
    const ids = new Map(all.filter((c) => c.last_message).map((c) => [at(c), c.id]));
    const absent = cases.filter((c) => !ids.has(at(c.conversation)));
    if (absent.length === 0) return ids;
    assert.ok(Date.now() < deadline, `no conversation of ${absent.map((c) => c.name).join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function at(conversation) {
  return Date.parse(conversation.last_message.sent_at);
}

/** Whether the thread shows the text, as such or as a name that is read aloud; a heading is above it. */
async function look(parlor, { role, text }) {
  const place = role === "heading" ? parlor.page : parlor.thread;
  const places = role
    ? [place.getByRole(role).filter({ hasText: text }), place.getByRole(role, { name: text })]
    : [place.getByText(text), place.getByLabel(text), place.getByAltText(text)];
  const any = places.reduce((all, one) => all.or(one));
  return any
    .first()
    .waitFor({ timeout: 20_000 })
    .then(
      () => true,
      () => false,
    );
}
