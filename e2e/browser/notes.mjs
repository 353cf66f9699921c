// One person at two windows: a note, what was done, a draft that follows, and a saved reply that is sent.

import assert from "node:assert/strict";
import { desk, inAllLooks } from "./access.mjs";
import { Parlor, write } from "./parlor.mjs";
import { story, until } from "./story.mjs";
import { Watch } from "./watch.mjs";

const customer = "notes.customer";
const asked = "Where is my order?";

const noteField = ({ page }) => page.getByRole("textbox", { name: /^Internal note/ });
const replyField = ({ page }) => page.getByRole("textbox", { name: /^Reply to/ });
const noteCard = ({ thread }) => thread.getByRole("article", { name: /^Internal note by/ });

await story(async (browser, { url, simulatorURL, account }) => {
  const context = await browser.newContext({
    viewport: desk,
    colorScheme: "light",
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(20_000);
  const elsewhere = await browser.newContext({
    viewport: desk,
    reducedMotion: "reduce",
  });
  elsewhere.setDefaultTimeout(20_000);
  const watch = new Watch(context, url, simulatorURL);
  const windows = [];
  for (const c of [context, elsewhere]) {
    const parlor = new Parlor(await c.newPage(), url);
    await parlor.page.goto(`${url}/login`);
    await parlor.signInWithInstagram(account, simulatorURL);
    await parlor.rows.first().waitFor();
    windows.push(parlor);
  }
  const [here, there] = windows;
  await write(simulatorURL, account, customer, asked);
  await here.row(asked).click();
  await there.row(asked).click();
  await here.thread.getByText(asked).waitFor();
  await there.thread.getByText(asked).waitFor();

  await note(here, there);
  await work(here, there);
  await draft(here, there);
  await save(here);
  await useSaved(here, there);
  await inAllLooks(here.page, "notes");
  await remove(here, there);
  watch.check();
  const sent = await (await fetch(`${simulatorURL}/_sim/sent?business=${account}&customer=${customer}`)).json();
  return { sent: sent.items.map((m) => m.text) };
});

/** N and R change what is written, and another conversation begins with a reply. */
async function note(here, there) {
  await here.thread.focus();
  await here.page.keyboard.press("n");
  await here.page.getByText("Only your team sees this").waitFor();
  await noteField(here).fill("Paid twice: ask Noa.");
  await noteField(here).press("Enter");
  await noteCard(here).getByText("Paid twice: ask Noa.").waitFor();
  await noteCard(there).getByText("Paid twice: ask Noa.").waitFor();
  assert.equal(await noteField(here).inputValue(), "");
  await here.thread.focus();
  await here.page.keyboard.press("r");
  await replyField(here).waitFor();
  await here.thread.focus();
  await here.page.keyboard.press("n");
  await here.rows.nth(1).getByRole("link").click();
  await here.page.waitForURL((address) => !address.pathname.endsWith("inbox"));
  await noteField(here).waitFor({ state: "hidden" });
  await here.row(asked).click();
  await noteCard(here).waitFor();
}

async function work(here, there) {
  await here.thread.focus();
  await here.page.keyboard.press("i");
  for (const { thread } of [here, there]) await thread.getByText("You took this conversation").waitFor();
}

/** What is begun in one window is there in the other; each mode has its own. */
async function draft(here, there) {
  await there.rows.nth(1).getByRole("link").click();
  await here.thread.focus();
  await here.page.keyboard.press("n");
  await noteField(here).fill("half a note");
  const row = there.rows.filter({ hasText: customer });
  await row.getByText("Note draft: half a note").waitFor();
  await noteField(here).fill("");
  await row.getByText(asked).waitFor();
  await here.page.getByRole("button", { name: "Reply", exact: true }).click();
  await replyField(here).fill("Half a reply");
  await row.getByText("Draft: Half a reply").waitFor();
  await row.getByRole("link").click();
  await until(
    "the draft is not in the other window",
    async () => (await replyField(there).inputValue()) === "Half a reply",
  );
  await replyField(there).fill("");
  await until("the draft is still in this window", async () => (await replyField(here).inputValue()) === "");
}

async function save({ page }) {
  await page.getByRole("button", { name: "Saved replies" }).click();
  const dialog = page.getByRole("dialog", { name: "Saved replies" });
  await dialog.getByText("There are no saved replies yet.").waitFor();
  await dialog.getByRole("link", { name: "Change saved replies" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Sent");
  await page.getByRole("textbox", { name: "Text" }).fill("Hi , your order has left us. {agent}");
  await page.getByRole("textbox", { name: "Text" }).evaluate((el) => el.setSelectionRange(3, 3));
  await page.getByRole("button", { name: "Insert: First name" }).click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Hi {first_name}, your order has left us. {agent}").waitFor();
  await inAllLooks(page, "saved-replies");
  await page.getByRole("link", { name: "Back to the inbox" }).click();
}

/** A slash in the empty field asks for a saved reply, which a search finds and Enter takes. */
async function useSaved(here, there) {
  await here.row(asked).click();
  await replyField(here).press("/");
  const dialog = here.page.getByRole("dialog", { name: "Saved replies" });
  await dialog.getByRole("option", { name: /Sent/ }).waitFor();
  await here.page.keyboard.type("left us");
  await here.page.keyboard.press("Enter");
  await dialog.waitFor({ state: "hidden" });
  const words = "Hi notes.customer, your order has left us. Casa Lumen";
  assert.equal(await replyField(here).inputValue(), words);
  await until("the draft is not in the other window", async () => (await replyField(there).inputValue()) === words);
  await replyField(here).press("Enter");
  await here.thread.getByRole("article").filter({ hasText: words }).getByText("Sent", { exact: true }).waitFor();
  await until("what was sent is still a draft", async () => (await replyField(there).inputValue()) === "");
}

async function remove(here, there) {
  await noteCard(here).getByRole("button", { name: "Remove the note" }).click();
  await here.page.getByRole("dialog").getByRole("button", { name: "Remove the note" }).click();
  for (const window of [here, there]) await noteCard(window).waitFor({ state: "detached" });
}
