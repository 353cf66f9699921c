// The simulated Instagram, as the customers of one business use it.

import assert from "node:assert/strict";
import { write } from "./parlor.mjs";

export class Instagram {
  /** Without a customer it is asked about all of the business. */
  constructor(url, business, customer = "") {
    this.url = url;
    this.business = business;
    this.of = `business=${business}` + (customer && `&customer=${customer}`);
  }

  say(customer, text) {
    return write(this.url, this.business, customer, text);
  }

  async sent() {
    return await this.ask(`/_sim/sent?${this.of}`);
  }

  /** How often the text was taken. */
  async times(text) {
    return (await this.sent()).items.filter((m) => m.text === text).length;
  }

  /** How often the customer was shown that somebody types. */
  async typings() {
    return (await this.sent()).actions.filter((a) => a.action === "typing_on").length;
  }

  /** The message that one of the sides wrote. */
  async mid(text) {
    const { items } = await this.ask(`/_sim/messages?${this.of}`);
    return items.find((m) => m.text === text).mid;
  }

  /** A customer's message of a moment of the past that only now is told of. */
  async tellOf(igsid, text, at) {
    const { items } = await this.ask("/_sim/businesses");
    const id = items.find((b) => b.username === this.business).user_id;
    const message = { mid: `told.${igsid}.${at}`, text };
    const messaging = [{ sender: { id: igsid }, recipient: { id }, timestamp: at, message }];
    await this.post("/_sim/events", { body: { object: "instagram", entry: [{ id, time: Date.now(), messaging }] } });
  }

  async ask(path) {
    return await (await fetch(this.url + path)).json();
  }

  async post(path, body) {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(this.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    assert.ok(response.ok, `${path}: ${await response.text()}`);
  }
}
