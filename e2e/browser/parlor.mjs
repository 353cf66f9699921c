// Parlor as a person finds it: by roles and names.

import assert from "node:assert/strict";

/** One person's window. */
export class Parlor {
  token = ""; // the last one that the page sent
  tokens = new Set();

  constructor(page, url) {
    this.page = page;
    this.url = url;
    this.heading = page.getByRole("heading", { name: "Inbox", level: 1 });
    this.list = page.getByRole("list", { name: "Conversations" });
    this.rows = this.list.getByRole("listitem");
    this.thread = page.getByRole("log", { name: "Messages" });
    page.on("request", (request) => {
      const [scheme, token] = (request.headers().authorization ?? "").split(" ");
      if (scheme === "Bearer") this.tokens.add((this.token = token));
    });
  }

  /** The row whose preview shows the text. */
  row(text) {
    return this.rows.filter({ hasText: text }).getByRole("link");
  }

  /** Signs in with Instagram, and consents there by hand, as one of the simulator's businesses. */
  async signInWithInstagram(username, simulatorURL) {
    const { page } = this;
    await page.getByRole("button", { name: "Continue with Instagram" }).click();
    await page.waitForURL(`${simulatorURL}/**`);
    await page.getByRole("radio", { name: username }).check();
    await page.getByRole("button", { name: "Allow" }).click();
    await this.inInbox(username);
  }

  /** Waits until the inbox of the account is there. */
  async inInbox(username) {
    await this.page.waitForURL(`${this.url}/a/${username}/inbox`);
    await this.heading.waitFor();
  }

  async signOut() {
    await this.page.getByRole("button", { name: "Account menu" }).click();
    await this.page.getByRole("menuitem", { name: "Sign out" }).click();
    await this.page.waitForURL((url) => url.pathname === "/login");
  }

  /** Asks the API with a token of this window. */
  async ask(path, token = this.token) {
    const response = await fetch(this.url + path, { headers: { Authorization: `Bearer ${token}` } });
    return { status: response.status, body: await response.json() };
  }

  /** All texts of an account that the API shows to this window. */
  async everyText() {
    const texts = [];
    for (const conversation of await this.all("/api/v1/ui/conversations"))
      for (const message of await this.all(`/api/v1/ui/conversations/${conversation.id}/messages`))
        texts.push(message.text);
    return texts;
  }

  async all(path) {
    const items = [];
    for (let cursor = ""; cursor !== null;) {
      const { status, body } = await this.ask(`${path}?limit=100&cursor=${encodeURIComponent(cursor)}`);
      assert.equal(status, 200, path);
      items.push(...body.items);
      cursor = body.next_cursor;
    }
    return items;
  }

  /** Throws when a script of the page could get at the token. */
  async checkSecrecy() {
    const kept = await this.page.evaluate(async () => ({
      local: { ...localStorage },
      session: { ...sessionStorage },
      cookie: document.cookie,
      databases: await indexedDB.databases(),
      caches: await caches.keys(),
      address: location.href,
    }));
    const text = JSON.stringify(kept);
    for (const token of this.tokens) assert.ok(!text.includes(token), "the token is kept where a script can read it");
    assert.equal(kept.cookie, "", "a script can read a cookie");
    assert.deepEqual([kept.databases, kept.caches], [[], []]);
    const cookies = await this.page.context().cookies(this.url);
    const session = cookies.find((c) => c.name === "parlor_session");
    assert.deepEqual(
      { httpOnly: session?.httpOnly, sameSite: session?.sameSite },
      { httpOnly: true, sameSite: "Strict" },
    );
  }
}

/** Writes to a business as one of its customers, with more of what Instagram would tell; returns when Instagram has taken the message. */
export async function write(simulatorURL, business, customer, text, more = {}) {
  const response = await fetch(`${simulatorURL}/_sim/messages`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ business, customer, text, ...more }),
  });
  assert.equal(response.status, 201, await response.text());
}

/** Does something and returns how many milliseconds passed until all of what it leads to is visible. It throws after 2 s. */
export async function within2s(act, ...appears) {
  const began = performance.now();
  await act();
  const left = Math.max(1, 2000 - (performance.now() - began));
  await Promise.all(appears.map((locator) => locator.waitFor({ timeout: left })));
  return Math.round(performance.now() - began);
}
