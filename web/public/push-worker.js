// The worker that a browser wakes for a push. It shows a notice, and leads to the conversation when that is clicked. It handles no requests and
// keeps no pages. A push holds ids and a number; the words, in the reader's language, were put by the page (src/features/push/words.ts).
(function () {
  const fallback = { account: "", title: "Parlor", one: "New message", many: "{n} new messages" };

  /** What a push says; anything else is nothing new. */
  function read(data) {
    try {
      const news = data.json();
      return news.kind === "message" && typeof news.account_id === "string" ? news : null;
    } catch {
      return null;
    }
  }

  async function wordsOf(account) {
    try {
      const kept = await caches.match(new URL(`/push-words/${account}`, self.location.origin), {
        cacheName: "push-words",
      });
      return kept ? { ...fallback, ...(await kept.json()) } : fallback;
    } catch {
      return fallback;
    }
  }

  const path = (words, conversation) =>
    words.account ? `/a/${encodeURIComponent(words.account)}/inbox${conversation ? `/${conversation}` : ""}` : "/";

  const windows = () => self.clients.matchAll({ type: "window", includeUncontrolled: true });

  /** Whether a page shows this address, or one under it. */
  function shows(client, address) {
    const at = new URL(client.url).pathname;
    return at === address || at.startsWith(`${address}/`);
  }

  /** A page of the account that is in sight tells by itself, see features/notices. */
  const inSight = async (words) =>
    words.account !== "" &&
    (await windows()).some(
      (c) => c.visibilityState === "visible" && shows(c, `/a/${encodeURIComponent(words.account)}`),
    );

  async function tell(data) {
    const news = read(data) ?? { account_id: "", unread: 1 };
    const words = await wordsOf(news.account_id);
    if (await inSight(words)) return;
    const unread = Number(news.unread);
    await self.registration.showNotification(words.title, {
      body: unread > 1 ? words.many.replace("{n}", String(unread)) : words.one,
      tag: `${news.account_id}/${news.conversation_id ?? ""}`, // of one conversation there is one notice, the newest
      renotify: true,
      icon: "/icon-192.png",
      data: { account: words.account, path: path(words, news.conversation_id) },
    });
  }

  /** Goes on in a page of the account that is open, else in a new one. */
  async function open({ account, path }) {
    const home = `/a/${encodeURIComponent(account)}`;
    const page = account && (await windows()).find((c) => shows(c, home));
    if (!page) return self.clients.openWindow(path);
    page.postMessage({ open: path });
    return page.focus().catch(() => undefined); // a browser may not allow it; the page has gone there all the same
  }

  self.addEventListener("install", () => self.skipWaiting());
  self.addEventListener("push", (event) => event.waitUntil(tell(event.data)));
  self.addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil(open(event.notification.data));
  });
})();
