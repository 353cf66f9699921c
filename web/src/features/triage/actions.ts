import { useI18n } from "vue-i18n";
import { useRoute, useRouter } from "vue-router";
import { failureOf } from "@/api/problem";
import type { ConversationChange } from "@/api/types";
import { useInbox } from "@/features/inbox/inbox";
import { momentText } from "@/time/time";
import { useColleagues } from "./colleagues";
import { paramsOf } from "./show";
import { useTriage } from "./triage";
import { useUndo } from "./undo";
import { useShow } from "./useShow";

const wide = matchMedia("(min-width: 48rem)");

/** What can be done with conversations. Each says what it did and how to take it back, and none throws. */
export function useActions() {
  const { t, te } = useI18n();
  const route = useRoute();
  const router = useRouter();
  const inbox = useInbox();
  const triage = useTriage();
  const colleagues = useColleagues();
  const undo = useUndo();
  const { to } = useShow();
  const opened = () => String(route.params.conversation ?? "");

  const refused = (error: unknown) => {
    const key = `problem.${failureOf(error).code}`;
    undo.tell({ text: t("triage.refused", { reason: t(te(key) ? key : "problem.unknown") }), failed: true });
  };

  async function change(ids: string[], what: ConversationChange, word: string, more: Record<string, unknown> = {}) {
    if (ids.length === 0) return;
    const text = t(`triage.done.${word}`, { n: ids.length, ...more }, ids.length);
    const back = await leave(ids, what);
    try {
      const takeBack = await triage.change(ids, what);
      undo.tell({ text, undo: () => takeBack().then(back, refused) });
    } catch (error) {
      refused(error);
      back();
    }
  }

  /** Goes on from the open conversation when it leaves the list; on a phone that is the list. Returns the way back. */
  async function leave(ids: string[], what: ConversationChange): Promise<() => void> {
    const from = opened();
    const unread = what.unread === true; // it would be read again at once
    const leaves = unread || (what.status !== undefined && what.status !== paramsOf(inbox.show).status);
    if (!from || !ids.includes(from) || !leaves) return () => undefined;
    const next = wide.matches && !unread ? inbox.neighbour(from, ids) : "";
    await router.push(to(next)); // a thread that is still there would read what is marked as unread
    return () => {
      if (opened() === next) void router.push(to(from));
    };
  }

  return {
    close: (ids: string[]) => change(ids, { status: "closed" }, "closed"),
    reopen: (ids: string[]) => change(ids, { status: "open" }, "opened"),
    /** Until a time, or with null until the customer writes. */
    snooze: (ids: string[], until: Date | null) =>
      until
        ? change(ids, { status: "snoozed", snoozed_until: until.toISOString() }, "snoozed", {
            time: momentText(until.toISOString()),
          })
        : change(ids, { status: "snoozed" }, "snoozedUntilReply"),
    /** To a member, or with "" to nobody. */
    assign: (ids: string[], user: string) =>
      change(ids, { assignee_id: user }, user ? "assigned" : "unassigned", { name: colleagues.nameOf(user) }),
    star: (ids: string[], on: boolean) => change(ids, { starred: on }, on ? "starred" : "unstarred"),
    label: (ids: string[], id: string, on: boolean, name: string) =>
      change(ids, on ? { add_labels: [id] } : { remove_labels: [id] }, on ? "labelled" : "unlabelled", { name }),
    unread: (ids: string[], on: boolean) => change(ids, { unread: on }, on ? "unread" : "read"),
  };
}

/** What can be done with conversations. */
export type Actions = ReturnType<typeof useActions>;
