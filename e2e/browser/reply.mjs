// An owner answers a customer, on good days and bad ones, and looks after the connection.

import assert from "node:assert/strict";
import { desk, inAllLooks } from "./access.mjs";
import { Instagram } from "./instagram.mjs";
import { Parlor, write } from "./parlor.mjs";
import { story, until } from "./story.mjs";
import { Watch } from "./watch.mjs";

const customer = "reply.customer";
const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const refused = { status: 400, code: 10, subcode: 2534022 };

await story(async (browser, { url, simulatorURL, account }) => {
  const context = await browser.newContext({ viewport: desk, colorScheme: "light", reducedMotion: "reduce" });
  context.setDefaultTimeout(20_000);
  const watch = new Watch(context, url, simulatorURL);
  const parlor = new Parlor(await context.newPage(), url);
  await parlor.page.goto(`${url}/login`);
  await parlor.signInWithInstagram(account, simulatorURL);
  await parlor.rows.first().waitFor();
  const instagram = new Instagram(simulatorURL, account, customer);

  await write(simulatorURL, account, customer, "Is the lamp still there?");
  await parlor.row("Is the lamp still there?").click();
  await parlor.thread.getByText("Is the lamp still there?").waitFor();

  await answer(parlor, instagram);
  await tooLong(parlor);
  await refuse(parlor, instagram);
  await loseAnswer(parlor, instagram);
  await sendPicture(parlor, instagram);
  await unsend(parlor, instagram);
  await inAllLooks(parlor.page, "reply");
  await lookAtConnection(parlor);
  await disconnect(parlor);
  watch.check();
  return { sent: (await instagram.sent()).items.length };
});

function field(parlor) {
  return parlor.page.getByRole("textbox", { name: /^Reply to/ });
}

function bubble(parlor, text) {
  return parlor.thread.getByRole("article").filter({ hasText: text });
}

/** Types, and waits until the sign of it has reached Instagram: a fault that is set now strikes the reply alone. */
async function type(parlor, instagram, text) {
  const before = await instagram.typings();
  await field(parlor).fill(text);
  await until("Instagram was not told that somebody types", async () => (await instagram.typings()) > before);
}

async function answer(parlor, instagram) {
  const text = "Yes, it is. Shall we keep it for you?";
  await parlor.page
    .getByText(/left to reply/)
    .first()
    .waitFor();
  await type(parlor, instagram, text);
  await field(parlor).press("Enter");
  await bubble(parlor, text).getByText("Sent", { exact: true }).waitFor();
  assert.equal(await field(parlor).inputValue(), "");
  assert.equal(await instagram.times(text), 1);
  await instagram.post("/_sim/acts", { kind: "read", mid: await instagram.mid(text) });
  await bubble(parlor, text).getByText("Seen", { exact: true }).waitFor();
}

async function tooLong(parlor) {
  await field(parlor).fill("é".repeat(501));
  await parlor.page.getByText("1,002 of 1,000 bytes").waitFor();
  await parlor.page.getByText("Too long by 2 bytes").waitFor();
  assert.ok(await parlor.page.getByRole("button", { name: "Send", exact: true }).isDisabled());
  await field(parlor).press("Enter");
  assert.equal((await field(parlor).inputValue()).length, 501, "it was sent or changed");
  await field(parlor).fill("");
}

async function refuse(parlor, instagram) {
  const text = "We open at nine.";
  await type(parlor, instagram, text);
  await instagram.post("/_sim/faults", { endpoint: "/me/messages", kind: "", times: 1, ...refused });
  await field(parlor).press("Enter");
  const trouble = bubble(parlor, text).getByRole("group", { name: "Not sent" });
  await trouble.getByText("The time to reply was over.").waitFor();
  assert.equal(await instagram.times(text), 0);
  await trouble.getByRole("button", { name: "Retry" }).click();
  await bubble(parlor, text).getByText("Sent", { exact: true }).waitFor();
  assert.equal(await instagram.times(text), 1);
}

async function loseAnswer(parlor, instagram) {
  const text = "The blue one, or the green?";
  await type(parlor, instagram, text);
  await instagram.post("/_sim/faults", { endpoint: "/me/messages", kind: "hang", times: 1 });
  await field(parlor).press("Enter");
  const trouble = bubble(parlor, text).getByRole("group", { name: "Not sure" });
  await trouble.getByRole("link", { name: /Check in Instagram/ }).waitFor({ timeout: 90_000 });
  assert.equal(await instagram.times(text), 0);
  await trouble.getByRole("button", { name: "Send again" }).click();
  await bubble(parlor, text).getByText("Sent", { exact: true }).waitFor();
  assert.equal(await instagram.times(text), 1);
}

async function sendPicture(parlor, instagram) {
  const file = { name: "lamp.png", mimeType: "image/png", buffer: Buffer.from(dot, "base64") };
  await parlor.page.locator("input[type=file]").setInputFiles(file);
  await parlor.page.getByRole("button", { name: "Remove the file" }).waitFor();
  await parlor.page.getByRole("button", { name: "Send", exact: true }).click();
  await until("the picture has not arrived", async () =>
    (await instagram.sent()).items.some((m) => m.attachments?.some((a) => a.type === "image")),
  );
}

async function unsend(parlor, instagram) {
  const text = "Is the lamp still there?";
  await instagram.post("/_sim/acts", { kind: "unsend", mid: await instagram.mid(text) });
  await parlor.thread.getByText("This message was taken back.").waitFor();
  assert.equal(await parlor.page.getByText(text).count(), 0, "the text is still on the page");
}

async function lookAtConnection({ page }) {
  await page.getByRole("button", { name: "Account menu" }).click();
  await page.getByRole("menuitem", { name: "Settings" }).click();
  await page.getByRole("heading", { name: "Connected", exact: true }).waitFor();
  await page.getByText(/\d+ days left/).waitFor();
  await page.getByRole("heading", { name: "Older messages are here" }).waitFor();
  await page.getByText("Nothing is lost.").waitFor();
  // All at one moment: the numbers go on while they are read.
  const ledger = await page
    .locator("dl > div")
    .evaluateAll((entries) =>
      Object.fromEntries(
        entries.map((e) => [
          e.querySelector("dt")?.textContent.trim(),
          Number(e.querySelector("dd")?.textContent.replaceAll(",", "").trim()),
        ]),
      ),
    );
  assert.ok(ledger.Received > 0);
  const parts = ["Applied", "Skipped", "Under way", "Failed"].map((name) => ledger[name]);
  assert.equal(
    parts.reduce((sum, n) => sum + n),
    ledger.Received,
    "the ledger does not add up",
  );
  await inAllLooks(page, "connection");
}

async function disconnect({ page }) {
  const dialog = page.getByRole("dialog", { name: "Disconnect from Instagram?" });
  const open = page.getByRole("button", { name: "Disconnect from Instagram…" });
  await open.click();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "hidden" });
  await page.getByRole("heading", { name: "Connected", exact: true }).waitFor();
  await open.click();
  await dialog.getByRole("button", { name: "Disconnect", exact: true }).click();
  await page.getByRole("heading", { name: "Disconnected", exact: true }).waitFor();
  await page.getByRole("link", { name: "Back to the inbox" }).click();
  await page.getByText("This account is disconnected from Instagram.").first().waitFor();
}
