import type { Assignee, Conversation, ConversationChange } from "@/api/types";

/** A conversation as it will be once the change is made; it is shown before the server has answered. */
export function changed(c: Conversation, change: ConversationChange, assignee: Assignee | null): Conversation {
  const gone = new Set(change.remove_labels ?? []);
  return {
    ...c,
    ...(change.status && { status: change.status, snoozed_until: change.snoozed_until ?? null }),
    ...(change.assignee_id !== undefined && { assignee: change.assignee_id ? assignee : null }),
    ...(change.starred !== undefined && { starred: change.starred }),
    ...(change.unread !== undefined && { unread: change.unread ? Math.max(1, c.unread ?? 0) : 0 }),
    label_ids: [...new Set([...(c.label_ids ?? []), ...(change.add_labels ?? [])])].filter((id) => !gone.has(id)),
  };
}

/** The change that makes a conversation again what it was, as far as a change touched it; null when nothing of it can be taken back. */
export function inverse(was: Conversation, change: ConversationChange, now: number): ConversationChange | null {
  const had = new Set(was.label_ids ?? []);
  const added = (change.add_labels ?? []).filter((id) => !had.has(id));
  const removed = (change.remove_labels ?? []).filter((id) => had.has(id));
  const until = was.snoozed_until && Date.parse(was.snoozed_until) > now ? { snoozed_until: was.snoozed_until } : {};
  // A snooze whose time came meanwhile would have ended by itself.
  const over = was.status === "snoozed" && was.snoozed_until !== null && !("snoozed_until" in until);
  const back: ConversationChange = {
    ...(change.status && { status: over ? "open" : was.status, ...(was.status === "snoozed" && until) }),
    ...(change.assignee_id !== undefined && { assignee_id: was.assignee?.user_id ?? "" }),
    ...(change.starred !== undefined && { starred: was.starred }),
    ...(change.unread !== undefined && Boolean(was.unread) !== change.unread && { unread: !change.unread }),
    ...(added.length > 0 && { remove_labels: added }),
    ...(removed.length > 0 && { add_labels: removed }),
  };
  return Object.keys(back).length > 0 ? back : null;
}

/** The ids of conversations that need the same change, with the change. */
export function grouped(changes: Map<string, ConversationChange>): { ids: string[]; change: ConversationChange }[] {
  const groups = new Map<string, { ids: string[]; change: ConversationChange }>();
  for (const [id, change] of changes) {
    const key = JSON.stringify(change);
    const group = groups.get(key) ?? { ids: [], change };
    group.ids.push(id);
    groups.set(key, group);
  }
  return [...groups.values()];
}
