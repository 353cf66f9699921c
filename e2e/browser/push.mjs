// A device is told of new messages while no page of the inbox is in sight.

import assert from "node:assert/strict";
import { inAllLooks } from "./access.mjs";
import { write } from "./parlor.mjs";
import { owner } from "./people.mjs";
import { story, until } from "./story.mjs";

const api = "/api/v1/ui/notifications/push";
const customer = "push.customer";
const asked = "Is the workshop on Saturday?";

await story(async (browser, input) => {
  const { url, simulatorURL, account } = input;
  const { context, parlor, watch } = await owner(browser, input);
  const { page } = parlor;
  await context.grantPermissions(["notifications"], { origin: url });
  await context.addInitScript(subscribeToNobody);
  await write(simulatorURL, account, customer, asked);
  await parlor.row(asked).click();
  await parlor.thread.getByText(asked).waitFor();
  const conversation = new URL(page.url()).pathname.split("/").at(-1);

  const { publicKey, accountID } = await switchOn(parlor, input);
  const { deliver, complaints } = await debuggedPushService(context, page, url);
  const news = {
    kind: "message",
    account_id: accountID,
    conversation_id: conversation,
    unread: 1,
  };

  await lookAway(parlor);
  await deliver(news);
  await until("a notice is there", async () => (await shown(page)).length === 1);
  assert.deepEqual(await shown(page), [
    {
      title: `@${account}`,
      body: "New message",
      path: `/a/${account}/inbox/${conversation}`,
    },
  ]);
  await deliver({ ...news, unread: 3 }); // in its place
  await until("the notice counts", async () => (await shown(page))[0]?.body === "3 new messages");
  assert.equal((await shown(page)).length, 1);

  await inSight(parlor, deliver, news, input);
  await click(parlor, context, news, input);
  await inGerman(parlor, deliver, news, input);
  await switchOff(parlor, input);
  watch.check();
  assert.deepEqual(complaints, []);
  return { publicKey, told: (await parlor.ask(api)).body.subscribed };
});

/** In the page, before its own scripts: the browser subscribes with keys of its own, to a push service that is not there. */
function subscribeToNobody() {
  let subscription = null;
  PushManager.prototype.getSubscription = async () => subscription;
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly || applicationServerKey.byteLength !== 65) throw new Error("not what a browser wants");
    const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
    const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    const text = (bytes) =>
      btoa(String.fromCharCode(...bytes))
        .replaceAll("+", "-")
        .replaceAll("/", "_")
        .replace(/=+$/, "");
    const keys = {
      p256dh: text(point),
      auth: text(crypto.getRandomValues(new Uint8Array(16))),
    };
    const endpoint = `https://push.example.com/${crypto.randomUUID()}`;
    subscription = {
      endpoint,
      options: { applicationServerKey: applicationServerKey.buffer },
      toJSON: () => ({ endpoint, keys }),
      unsubscribe: async () => ((subscription = null), true),
    };
    return subscription;
  };
}

async function switchOn(parlor, { url, account }) {
  const { page } = parlor;
  await page.goto(`${url}/a/${account}/settings/notices`);
  const section = page.getByRole("region", {
    name: "Notices when Parlor is closed",
  });
  await section.getByText("Off.", { exact: true }).waitFor();
  await page.getByRole("switch", { name: "Tell this device, also when no tab is open" }).press("Space");
  await section.getByText("On: this device is told.").waitFor();
  await inAllLooks(page, "notices");
  const { body } = await parlor.ask(api);
  assert.deepEqual([body.available, body.subscribed], [true, true]);
  const accountID = await page.evaluate(async () => {
    const [request] = await (await caches.open("push-words")).keys();
    return new URL(request.url).pathname.split("/").at(-1);
  });
  return { publicKey: body.public_key, accountID };
}

/** Delivers pushes to the worker as the browser would, after their decryption, and hears what the worker complains of, a violated policy too. */
async function debuggedPushService(context, page, url) {
  const debug = await context.newCDPSession(page);
  const registered = new Promise((found) => {
    debug.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const ours = registrations.find((r) => r.scopeURL === `${url}/`);
      if (ours) found(ours.registrationId);
    });
  });
  const complaints = [];
  debug.on("ServiceWorker.workerErrorReported", ({ errorMessage }) => complaints.push(errorMessage.errorMessage));
  await debug.send("ServiceWorker.enable");
  const registrationId = await registered;
  const deliver = (news) =>
    debug.send("ServiceWorker.deliverPushMessage", {
      origin: url,
      registrationId,
      data: JSON.stringify(news),
    });
  return { deliver, complaints };
}

/** Leaves the app, and waits until the worker knows: for a moment it sees a page that was left. */
async function lookAway({ page, url }) {
  await page.goto(`${url}/favicon.svg`);
  const [worker] = page.context().serviceWorkers();
  await until("no page of the app is in sight", async () => {
    const pages = await worker.evaluate(async () => {
      const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
      return windows.map((w) => new URL(w.url).pathname);
    });
    return !pages.some((path) => path.startsWith("/a/"));
  });
}

/** The notices that are there. */
function shown(page) {
  return page.evaluate(async () => {
    const notices = await (await navigator.serviceWorker.getRegistration("/")).getNotifications();
    return notices.map((n) => ({
      title: n.title,
      body: n.body,
      path: n.data.path,
    }));
  });
}

async function clear(page) {
  await page.evaluate(async () => {
    const notices = await (await navigator.serviceWorker.getRegistration("/")).getNotifications();
    for (const notice of notices) notice.close();
  });
  await until("no notice is left", async () => (await shown(page)).length === 0);
}

/** Who looks at the inbox is told by the page. That the worker was done with it shows the next push, which comes where nobody looks. */
async function inSight(parlor, deliver, news, { url, account }) {
  const { page } = parlor;
  await clear(page);
  await page.goto(`${url}/a/${account}/inbox/${news.conversation_id}`);
  await page.getByRole("log", { name: "Messages" }).getByText(asked).waitFor();
  await deliver({ ...news, conversation_id: undefined, unread: 7 });
  await lookAway(parlor);
  await deliver(news);
  await until("the second one is shown", async () => (await shown(page)).length > 0);
  assert.deepEqual(
    (await shown(page)).map((n) => n.body),
    ["New message"],
  );
  await clear(page);
}

/** A click goes on in the page that is open. */
async function click({ page }, context, news, { url, account }) {
  await page.goto(`${url}/a/${account}/settings/devices`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  const [worker] = context.serviceWorkers();
  await worker.evaluate(
    async ({ account, path }) => {
      await self.registration.showNotification("clicked", {
        data: { account, path },
      });
      const [notification] = await self.registration.getNotifications();
      const event = new NotificationEvent("notificationclick", { notification });
      event.waitUntil = () => undefined; // which an event of a script does not have
      self.dispatchEvent(event);
    },
    { account, path: `/a/${account}/inbox/${news.conversation_id}` },
  );
  await page.waitForURL(`${url}/a/${account}/inbox/${news.conversation_id}`);
  await page.getByRole("log", { name: "Messages" }).getByText(asked).waitFor();
}

/** The words follow the reader's language, from the next page on. */
async function inGerman(parlor, deliver, news, { url, account }) {
  const { page } = parlor;
  await page.goto(`${url}/a/${account}/settings/appearance`);
  await page.getByRole("radio", { name: "Deutsch" }).click();
  await page.getByRole("heading", { name: "Aussehen", level: 1 }).waitFor();
  const kept = page.waitForResponse((r) => r.url() === url + api && r.request().method() === "PUT");
  await page.goto(`${url}/a/${account}/inbox`);
  assert.equal((await kept).status(), 204);
  await until("the words are German", () =>
    page.evaluate(async () => {
      const kept = await caches.open("push-words");
      const [request] = await kept.keys();
      return (await (await kept.match(request)).text()).includes("Neue Nachricht");
    }),
  );
  await lookAway(parlor);
  await deliver(news);
  await until("a German notice is there", async () => (await shown(page))[0]?.body === "Neue Nachricht");
}

async function switchOff(parlor, { url, account }) {
  const { page } = parlor;
  await page.goto(`${url}/a/${account}/settings/notices`);
  await page
    .getByRole("switch", {
      name: "Dieses Gerät informieren, auch wenn kein Tab offen ist",
    })
    .press("Space");
  await page.getByText("Aus.", { exact: true }).waitFor();
  const left = await page.evaluate(async () => [
    await caches.keys(),
    (await navigator.serviceWorker.getRegistrations()).length,
    localStorage.getItem("push"),
  ]);
  assert.deepEqual(left, [[], 0, null]);
}
