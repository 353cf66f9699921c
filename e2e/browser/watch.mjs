// What no page of ours may do, whatever the story is about: ask another site, complain on the console (which is where a
// violated content security policy shows), throw, or meet a server error.

import assert from "node:assert/strict";

/** Watches all pages of a browser context from its beginning. */
export class Watch {
  faults = [];
  offline = false; // the link is cut by the story: requests fail, and the browser notes it
  #expected = [];

  /** own is our origin; others may be visited, as a page of their own, but never asked by one of ours. */
  constructor(context, own, ...others) {
    const known = [own, ...others];
    context.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol === "data:" || protocol === "blob:") return;
      const worker = request.serviceWorker(); // has no frame
      const visit = !worker && request.isNavigationRequest() && request.frame().parentFrame() === null;
      const asker = visit ? origin : new URL((worker ?? request.frame()).url()).origin;
      if (!known.includes(origin) || asker !== origin) this.faults.push(`${asker} asks ${request.url()}`);
    });
    context.on("response", (response) => {
      if (response.status() >= 500) this.faults.push(`${response.status()} from ${response.url()}`);
    });
    context.on("console", (message) => {
      if (message.type() !== "error" && message.type() !== "warning") return;
      if (this.offline && /net::ERR_/.test(message.text())) return;
      const { url } = message.location();
      if (!this.#expected.some((e) => message.text().includes(`status of ${e.status}`) && e.url.test(url)))
        this.faults.push(`console of ${message.page()?.url()}: ${message.text()} (${url})`);
    });
    context.on("weberror", (event) => this.faults.push(`uncaught: ${event.error().stack}`));
  }

  /** From now on the browser may note on its console that an address of this form was answered with the status. */
  expect(status, url) {
    this.#expected.push({ status, url });
  }

  /** Throws what was seen. */
  check() {
    assert.deepEqual(this.faults, []);
  }
}
