// Two people sort one inbox, mostly by keys: what is done shows at once, at both, and can be taken back.

import assert from "node:assert/strict";
import { checkAccess, inAllLooks } from "./access.mjs";
import { within2s, write } from "./parlor.mjs";
import { colleague, owner } from "./people.mjs";
import { story, until } from "./story.mjs";

await story(async (browser, { url, simulatorURL, account, colleague: other }) => {
  const me = await owner(browser, { url, simulatorURL, account });
  const agent = await colleague(browser, me, { url, simulatorURL, account, colleague: other, name: "Ana" });
  const say = (customer, text) => write(simulatorURL, account, customer, text);

  await say("triage.one", "One: is it there?");
  await me.parlor.row("One: is it there?").waitFor();
  await say("triage.two", "Two: is it there?");
  await me.parlor.row("Two: is it there?").waitFor();
  await say("triage.three", "Three: is it there?");
  await closeAndUndo(me.parlor);
  await reopenByCustomer(me.parlor, say);
  await snooze(me.parlor, say);
  const assigned = await assign(me.parlor, agent.parlor);
  await label(me.parlor);
  await starAndUnread(me.parlor);
  await bulk(me.parlor);
  await counts(me.parlor);
  await addresses(me.parlor, account);
  await labelsPage(me.parlor);
  await ownWays(me.parlor);
  me.watch.check();
  agent.watch.check();
  return { assigned };
});

function view(page, name) {
  return page.getByRole("navigation", { name: "Main" }).getByRole("link", { name });
}

function toast(page, text) {
  return page.getByRole("status").filter({ hasText: text }).waitFor();
}

function focused(page) {
  return page.evaluate(() => document.activeElement?.closest("[data-row]")?.textContent ?? "");
}

/** Opens the row of a text and waits until it is read, so that nothing of it is under way. */
async function choose(parlor, text) {
  await parlor.row(text).click();
  await parlor.thread.getByText(text).waitFor();
}

async function closeAndUndo(parlor) {
  const { page } = parlor;
  await choose(parlor, "Three: is it there?");
  await page.keyboard.press("e");
  await toast(page, "Closed");
  await parlor.row("Three: is it there?").waitFor({ state: "detached" });
  await parlor.thread.getByText("Two: is it there?").waitFor(); // on with the next one
  assert.match(await focused(page), /Two: is it there/, "the focus has not gone with the selection");
  await page.keyboard.press("z");
  await parlor.row("Three: is it there?").waitFor();
  await parlor.thread.getByText("Three: is it there?").waitFor();
}

async function reopenByCustomer(parlor, say) {
  const { page } = parlor;
  await page.keyboard.press("e");
  await toast(page, "Closed"); // the server has it: what comes now comes after
  await say("triage.three", "Three: still waiting");
  await parlor.row("Three: still waiting").waitFor();
}

async function snooze(parlor, say) {
  const { page } = parlor;
  await choose(parlor, "Two: is it there?");
  await page.keyboard.press("h");
  const dialog = page.getByRole("dialog", { name: "Snooze this conversation" });
  await dialog.waitFor();
  await inAllLooks(page, "triage-snooze");
  await dialog.getByRole("textbox", { name: "Until when?" }).fill("reply");
  await page.keyboard.press("Enter");
  await toast(page, "Snoozed until they reply");
  await parlor.row("Two: is it there?").waitFor({ state: "detached" });
  await view(page, "Snoozed").click();
  await parlor.row("Until they reply").waitFor();
  await say("triage.two", "Two: here again");
  await page.getByText("Nothing snoozed", { exact: true }).waitFor();
  await view(page, "Inbox").click();
  await parlor.row("Two: here again").waitFor();
}

async function assign(parlor, agent) {
  const { page } = parlor;
  await view(agent.page, "Mine").click();
  await agent.page.getByRole("heading", { name: "Mine", level: 1 }).waitFor();
  await choose(parlor, "One: is it there?");
  await page.keyboard.press("a");
  const dialog = page.getByRole("dialog", { name: "Assign this conversation" });
  await dialog.getByRole("textbox").fill("velo");
  const took = await within2s(() => page.keyboard.press("Enter"), agent.row("One: is it there?"));
  await dialog.waitFor({ state: "hidden" });
  return took;
}

async function label(parlor) {
  const { page } = parlor;
  await page.keyboard.press("l");
  const dialog = page.getByRole("dialog", {
    name: "Labels of this conversation",
  });
  await dialog.getByRole("textbox").fill("Lamps");
  await dialog.getByRole("button", { name: /Lamps/ }).click();
  await dialog.getByRole("option", { name: /Lamps/ }).waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Filter and sort" }).click();
  await page.getByRole("menuitemradio", { name: "Lamps" }).click();
  await until("the list is not of the label alone", async () => (await parlor.rows.count()) === 1);
  await parlor.row("One: is it there?").waitFor();
  await page.getByRole("link", { name: "Take off: Lamps" }).click();
  await parlor.row("Two: here again").waitFor();
}

async function starAndUnread(parlor) {
  const { page } = parlor;
  await choose(parlor, "Two: here again");
  await page.keyboard.press("s");
  await toast(page, "Starred");
  await view(page, "Starred").click();
  await parlor.row("Two: here again").waitFor();
  await view(page, "Inbox").click();
  await choose(parlor, "Two: here again");
  await page.keyboard.press("u");
  await toast(page, "Marked as unread");
  const unread = parlor.row("Two: here again").getByText("1 unread message");
  await unread.waitFor();
  await page.reload();
  await unread.waitFor(); // it was not read again on the way
}

async function bulk(parlor) {
  const { page } = parlor;
  await page.getByRole("button", { name: "Select conversations" }).click();
  for (const n of ["One", "Two", "Three"])
    await parlor.rows
      .filter({ hasText: `${n}: ` })
      .getByRole("checkbox")
      .check();
  await page.getByText("3 selected").waitFor();
  await inAllLooks(page, "triage-selection");
  await page
    .getByRole("group", { name: "With the selected conversations" })
    .getByRole("button", { name: "Close" })
    .click();
  await toast(page, "3 conversations closed");
  assert.equal(await parlor.rows.filter({ hasText: /(One|Two|Three): / }).count(), 0);
  await page.getByRole("button", { name: "Undo" }).click();
  await until(
    "the three are not back",
    async () => (await parlor.rows.filter({ hasText: /(One|Two|Three): / }).count()) === 3,
  );
  await page.getByRole("button", { name: "End the selection" }).click();
}

/** What the side says, what the title says and what the server counts. */
async function counts(parlor) {
  const { page } = parlor;
  await until("the counts do not agree", async () => {
    const { body } = await parlor.ask("/api/v1/ui/views");
    const inbox = await view(page, "Inbox").innerText();
    return inbox.includes(String(body.inbox)) && (await page.title()).includes(`(${body.unread})`);
  });
}

async function addresses(parlor, account) {
  const { page } = parlor;
  await page.goto(`${parlor.url}/a/${account}/inbox?view=starred&sort=waiting`);
  await parlor.row("Two: here again").click();
  await page.reload();
  await parlor.row("Two: here again").waitFor();
  await parlor.thread.getByText("Two: here again").waitFor();
  assert.match(page.url(), /\?view=starred&sort=waiting$/);
  await view(page, "Closed").click();
  await page.getByRole("heading", { name: "Closed", level: 1 }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "Starred", level: 1 }).waitFor();
  await parlor.row("Two: here again").waitFor();
  await page.goto(`${parlor.url}/a/${account}/inbox?view=snoozed&window=closed`);
  await page.getByText("Nothing matches", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.getByText("Nothing snoozed", { exact: true }).waitFor();
}

async function labelsPage(parlor) {
  const { page } = parlor;
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("link", { name: "Labels" }).click();
  await page.getByLabel("Name").fill("Repairs");
  await page.getByText("Teal").click();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Repairs", { exact: true }).waitFor();
  await inAllLooks(page, "triage-labels");
  await page.getByRole("button", { name: "Remove: Repairs" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText("Repairs", { exact: true }).waitFor({ state: "detached" });
}

/** Theme, language and notices are chosen for this browser; the command menu leads everywhere. */
async function ownWays(parlor) {
  const { page } = parlor;
  await page.getByRole("link", { name: "Notifications" }).click();
  await page.getByRole("switch", { name: "Play a sound" }).click();
  await page.getByRole("switch", { name: /Keep quiet/ }).click();
  await page.getByLabel("From").fill("21:30");
  await page.getByLabel("From").blur();
  await page.reload();
  await until("the quiet hours are not kept", async () => (await page.getByLabel("From").inputValue()) === "21:30");
  await checkAccess(page, "notices");
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").getByRole("textbox").fill("settings app");
  await checkAccess(page, "the command menu");
  await page.keyboard.press("Enter");
  await page.getByText("Deutsch").click();
  await page.getByRole("heading", { name: "Aussehen", level: 1 }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  await checkAccess(page, "appearance in German");
  await page.reload();
  await page.getByRole("navigation", { name: "Hauptbereich" }).getByRole("link", { name: "Posteingang" }).click();
  await page.getByRole("list", { name: "Unterhaltungen" }).getByRole("link").first().click();
  await page.getByRole("textbox", { name: /^Antwort an/ }).waitFor();
  await page.getByRole("button", { name: "Person zeigen" }).click();
  await page.getByRole("dialog").getByText("Nachrichten der Person").waitFor();
  await inAllLooks(page, "person-de");
}
