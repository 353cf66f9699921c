// A working day of two people: forty customers write, and each is seen to; not everything goes well.

import assert from "node:assert/strict";
import { Instagram } from "./instagram.mjs";
import { Link } from "./link.mjs";
import { colleague, owner } from "./people.mjs";
import { story, until } from "./story.mjs";

const customers = Array.from({ length: 40 }, (_, n) => ({
  handle: `day.customer.${n + 1}`,
  asks: `Day ${String(n + 1).padStart(2, "0")}: when do you open?`,
}));
const answer = "We open at nine, and close at six.";
const offline = 30_000; // ms without a link
const day = 24 * 3_600_000;

await story(async (browser, { url, simulatorURL, account, colleague: other }) => {
  const me = await owner(browser, { url, simulatorURL, account });
  const link = new Link();
  const proxy = await link.open();
  const ana = await colleague(browser, me, { url, simulatorURL, account, colleague: other, name: "Ana" }, { proxy });
  const instagram = new Instagram(simulatorURL, account);
  await savedReply(me.parlor, account);

  const arrived = await arrive(me.parlor, ana.parlor, instagram);
  const given = await assign(me.parlor, ana.parlor);
  await answerWithSavedReply(ana.parlor, instagram, given);
  await failAndRetry(ana.parlor, instagram, given.at(-1));
  await collide(me.parlor, ana.parlor, instagram, given.at(-1));
  await snooze(me.parlor, instagram);
  const closes = await closeOnScreen(me.parlor, instagram);
  const caughtUp = await loseTheLink(ana, link, instagram, given.at(-1));
  me.watch.check();
  ana.watch.check();
  await ana.context.close();
  link.close();
  return { arrived, closes, caughtUp, sent: await instagram.times(answer) };
});

function view({ page }, name) {
  return page.getByRole("navigation", { name: "Main" }).getByRole("link", { name });
}

function field({ page }) {
  return page.getByRole("textbox", { name: /^Reply to/ });
}

function bubble({ thread }, text) {
  return thread.getByRole("article").filter({ hasText: text });
}

async function savedReply({ page, url }, account) {
  await page.goto(`${url}/a/${account}/settings/saved-replies`);
  await page.getByRole("textbox", { name: "Name" }).fill("Hours");
  await page.getByRole("textbox", { name: "Text" }).fill(answer);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText(answer).waitFor();
  await page.goto(`${url}/a/${account}/inbox`);
}

/** All of them at once, as after a story that went round: no row is missing or doubled, at neither of the two. */
async function arrive(me, ana, instagram) {
  await me.rows.first().waitFor();
  const unread = async () => (await me.ask("/api/v1/ui/views")).body.unread;
  const before = await unread();
  const began = Date.now();
  await Promise.all(customers.map((c) => instagram.say(c.handle, c.asks)));
  await until("not all of them are counted", async () => (await unread()) >= before + customers.length);
  const title = new RegExp(`^\\(${await unread()}\\)`);
  for (const { page } of [me, ana])
    await until("the title does not count them all", async () => title.test(await page.title()));
  const took = Date.now() - began;
  const listed = (await me.all("/api/v1/ui/conversations?view=inbox")).map((c) => c.last_message?.text);
  for (const { asks } of customers) assert.equal(listed.filter((text) => text === asks).length, 1, asks);
  return took;
}

/** The first five rows that are of today are given to the colleague, who finds them in Mine. */
async function assign({ page, rows }, ana) {
  await page.getByRole("button", { name: "Select conversations" }).click();
  const today = rows.filter({ hasText: "when do you open?" });
  const given = [];
  for (let n = 0; n < 5; n++) {
    given.push((await today.nth(n).innerText()).match(/Day \d\d: when do you open\?/)[0]);
    await today.nth(n).getByRole("checkbox").check();
  }
  const bar = page.getByRole("group", { name: "With the selected conversations" });
  await bar.getByRole("button", { name: "Assign" }).click();
  const dialog = page.getByRole("dialog", { name: "Assign 5 conversations" });
  await dialog.getByRole("textbox").fill("velo");
  await page.keyboard.press("Enter");
  await page.getByRole("status").filter({ hasText: "5 conversations assigned" }).waitFor();
  await page.getByRole("button", { name: "End the selection" }).click();
  await view(ana, "Mine").click();
  for (const text of given) await ana.row(text).waitFor();
  return given;
}

async function answerWithSavedReply(ana, instagram, given) {
  for (const text of given.slice(0, -1)) {
    await ana.row(text).click();
    await ana.thread.getByText(text).waitFor();
    await field(ana).press("/");
    const dialog = ana.page.getByRole("dialog", { name: "Saved replies" });
    await dialog.getByRole("option", { name: /Hours/ }).waitFor();
    await ana.page.keyboard.press("Enter");
    await dialog.waitFor({ state: "hidden" });
    await field(ana).press("Enter");
    await bubble(ana, answer).getByText("Sent", { exact: true }).waitFor();
  }
  assert.equal(await instagram.times(answer), given.length - 1);
}

async function failAndRetry(ana, instagram, text) {
  const words = "At nine. Shall we keep one for you?";
  await ana.row(text).click();
  await ana.thread.getByText(text).waitFor();
  await instagram.post("/_sim/faults", {
    endpoint: "/me/messages",
    kind: "",
    times: 8,
    status: 400,
    code: 10,
    subcode: 2534022,
  });
  await field(ana).fill(words);
  await field(ana).press("Enter");
  const trouble = bubble(ana, words).getByRole("group", { name: "Not sent" });
  await trouble.getByText("The time to reply was over.").waitFor();
  assert.equal(await instagram.times(words), 0);
  await fetch(`${instagram.url}/_sim/faults`, { method: "DELETE" });
  await trouble.getByRole("button", { name: "Retry" }).click();
  await bubble(ana, words).getByText("Sent", { exact: true }).waitFor();
  assert.equal(await instagram.times(words), 1);
}

/** Two write to the same customer: each sees the other, and the slower one is asked before a second answer goes out. */
async function collide(me, ana, instagram, text) {
  const hers = "Yes, of course we keep one.";
  const mine = "Shall I keep one?";
  await view(me, "Unassigned").click();
  const inbox = me.page.url();
  await me.page.goto(ana.page.url());
  await me.thread.getByText(text).waitFor();
  const seen = (page, words) => page.getByRole("status").filter({ hasText: words }).waitFor();
  await Promise.all([me, ana].map(({ page }) => seen(page, "is looking at this too")));
  await field(me).fill(mine);
  await seen(ana.page, "is writing here now");
  await field(ana).fill(hers);
  await seen(me.page, "is writing here now");
  await field(ana).press("Enter");
  await bubble(me, hers).waitFor();
  await field(me).press("Enter");
  const question = me.page.getByRole("alert").filter({ hasText: "Somebody has answered while you were writing" });
  await question.getByText(hers).waitFor();
  await field(me).press("Enter"); // is no answer to it
  assert.equal(await instagram.times(mine), 0);
  await question.getByRole("button", { name: "Send anyway" }).click();
  await bubble(me, mine).getByText("Sent", { exact: true }).waitFor();
  assert.deepEqual([await instagram.times(hers), await instagram.times(mine)], [1, 1]);
  await me.page.goto(inbox);
}

/** One that can wait goes out of sight, and is back when its customer writes. */
async function snooze(me, instagram) {
  const last = customers.at(-1);
  const { page } = me;
  await me.row("when do you open?").first().waitFor();
  const today = me.rows.filter({ hasText: "when do you open?" }).first();
  const text = (await today.innerText()).match(/Day \d\d: when do you open\?/)[0];
  const { handle } = customers.find((c) => c.asks === text) ?? last;
  await me.row(text).click();
  await me.thread.getByText(text).waitFor();
  await page.keyboard.press("h");
  const dialog = page.getByRole("dialog", { name: "Snooze this conversation" });
  await dialog.getByRole("textbox", { name: "Until when?" }).fill("reply");
  await page.keyboard.press("Enter");
  await page.getByRole("status").filter({ hasText: "Snoozed until they reply" }).waitFor();
  await me.row(text).waitFor({ state: "detached" });
  await instagram.say(handle, "It is me again.");
  await me.row("It is me again.").waitFor();
}

/** A window that has some seconds left closes before the eyes of whoever looks at it. */
async function closeOnScreen(me, instagram) {
  const { page } = me;
  const text = "Late, but may I still ask?";
  const left = 15_000;
  const closesAt = Date.now() + left;
  await instagram.tellOf("17800000000000042", text, closesAt - day);
  await page.goto(`${me.url}${new URL(page.url()).pathname.replace(/\/inbox.*/, "/inbox")}?sort=closing`);
  await me.row(text).click();
  await me.thread.getByText(text).waitFor();
  await page
    .getByText(/left to reply/)
    .first()
    .waitFor();
  await page
    .getByText("The time to reply is over", { exact: true })
    .first()
    .waitFor({ timeout: left + 20_000 });
  return Date.now() - closesAt;
}

/** The link is gone for half a minute: the page says so, and afterwards knows what it missed, once. */
async function loseTheLink(ana, link, instagram, text) {
  const { page } = ana.parlor;
  await ana.parlor.thread.getByText(text).waitFor();
  const customer = customers.find((c) => c.asks === text).handle;
  ana.watch.offline = true;
  link.cut();
  const thenAt = Date.now() + offline;
  await page.getByText("Reconnecting…").waitFor();
  for (const words of ["One while you were away", "Two while you were away"]) await instagram.say(customer, words);
  await page.waitForTimeout(thenAt - Date.now()); // as long as the link is gone
  assert.equal(await ana.parlor.thread.getByText("while you were away").count(), 0, "the link was not gone");
  link.mend();
  const back = Date.now();
  for (const words of ["One while you were away", "Two while you were away"])
    await ana.parlor.thread.getByText(words).waitFor();
  await page.getByText("Reconnecting…").waitFor({ state: "detached" });
  const took = Date.now() - back;
  ana.watch.offline = false;
  for (const words of ["One while you were away", "Two while you were away"])
    assert.equal(await ana.parlor.thread.getByText(words).count(), 1, `${words}: not once`);
  await ana.parlor.row("Two while you were away").waitFor();
  return took;
}
