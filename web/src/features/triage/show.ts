import type { LocationQuery } from "vue-router";
import type { Conversation } from "@/api/types";

/** The views, in the order in which they are offered. */
export const views = ["inbox", "mine", "unassigned", "closing", "starred", "snoozed", "closed"] as const;
export type View = (typeof views)[number];

/** The orders of a list; all but the newest leave out whom they say nothing about. */
export const sorts = ["newest", "waiting", "closing"] as const;
export type Sort = (typeof sorts)[number];

/** What the reply window must be like. */
export const windows = ["open", "closing", "closed"] as const;
export type WindowFilter = (typeof windows)[number];

/** What a list shows: a view, narrowed by filters, in an order. An empty filter lets everything through. */
export interface Show {
  view: View;
  unread: boolean;
  label: string;
  /** A member's id, "me" or "none". */
  assignee: string;
  window: WindowFilter | "";
  sort: Sort;
}

const closingSoon = 4 * 3_600_000; // as the server counts it
const ids = /^[0-9a-f-]{36}$/;

/** A view without filters, in its own order. */
export function plain(view: View): Show {
  return { view, unread: false, label: "", assignee: "", window: "", sort: orderOf(view) };
}

const orderOf = (view: View): Sort => (view === "closing" ? "closing" : "newest");

/** Reads what an address asks for; what it does not understand is as if it was not there. */
export function readShow(query: LocationQuery): Show {
  const one = (name: string) => String([query[name]].flat()[0] ?? "");
  const among = <T extends string>(all: readonly T[], name: string) => all.find((x) => x === one(name));
  const base = plain(among(views, "view") ?? "inbox");
  const assignee = one("assignee");
  return {
    ...base,
    unread: one("unread") === "1",
    label: ids.test(one("label")) ? one("label") : "",
    assignee: assignee === "me" || assignee === "none" || ids.test(assignee) ? assignee : "",
    window: among(windows, "window") ?? "",
    sort: among(sorts, "sort") ?? base.sort,
  };
}

/** The query of an address that shows it; empty for the inbox as it is. */
export function queryOf(show: Show): Record<string, string> {
  return {
    ...(show.view !== "inbox" && { view: show.view }),
    ...(show.unread && { unread: "1" }),
    ...(show.label && { label: show.label }),
    ...(show.assignee && { assignee: show.assignee }),
    ...(show.window && { window: show.window }),
    ...(show.sort !== orderOf(show.view) && { sort: show.sort }),
  };
}

/** Whether something beside the view decides what is listed. */
export const narrowed = (show: Show): boolean =>
  show.unread || Boolean(show.label || show.assignee || show.window) || show.sort !== orderOf(show.view);

/** The parameters that ask the API for it. */
export function paramsOf(show: Show): Record<string, string | boolean> {
  const status = show.view === "snoozed" || show.view === "closed" ? show.view : "open";
  const assignee = { mine: "me", unassigned: "none" }[show.view as string] ?? show.assignee;
  const window = show.view === "closing" ? "closing" : show.window;
  return {
    status,
    sort: show.sort,
    ...(assignee && { assignee }),
    ...(show.label && { label: show.label }),
    ...(show.view === "starred" && { starred: true }),
    ...(show.unread && { unread: true }),
    ...(window && { window }),
  };
}

/** Whether a conversation is one of those that are shown, by the server's rules: what changes here is moved before the server answers. */
export function matches(c: Conversation, show: Show, me: string, now: number): boolean {
  const p = paramsOf(show);
  const assignee = p.assignee === "me" ? me : p.assignee;
  return (
    c.status === p.status &&
    (!assignee || (assignee === "none" ? c.assignee === null : c.assignee?.user_id === assignee)) &&
    (!p.label || (c.label_ids ?? []).includes(String(p.label))) &&
    (!p.starred || c.starred) &&
    inWindow(c, p.window as WindowFilter | undefined, now) &&
    (show.sort !== "waiting" || c.waiting_since !== null) &&
    (show.sort !== "closing" || closesAt(c) > now)
  );
}

function inWindow(c: Conversation, window: WindowFilter | undefined, now: number): boolean {
  const left = closesAt(c) - now;
  if (window === "open") return left > 0;
  if (window === "closed") return left <= 0;
  return window !== "closing" || (left > 0 && left <= closingSoon && c.waiting_since !== null);
}

/** When the window for everybody ends; 0 when it is over. */
const closesAt = (c: Conversation): number =>
  c.window.state === "open" && c.window.closes_at ? Date.parse(c.window.closes_at) : 0;

const newest = (c: Conversation): number => (c.last_message ? -Date.parse(c.last_message.sent_at) : 0);
const waiting = (c: Conversation): number => Date.parse(c.waiting_since ?? "") || 0;

/** Compares two conversations in an order, as the server does. */
export function inOrder(sort: Sort): (a: Conversation, b: Conversation) => number {
  const of = { newest, waiting, closing: closesAt }[sort];
  const [less, more] = sort === "newest" ? [1, -1] : [-1, 1];
  return (a, b) => of(a) - of(b) || (a.id === b.id ? 0 : a.id < b.id ? less : more);
}
