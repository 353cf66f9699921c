import { computed, type Ref } from "vue";
import { useRouter } from "vue-router";
import { useShortcuts } from "@/features/shortcuts/useShortcuts";
import { useActions } from "@/features/triage/actions";
import { useColleagues } from "@/features/triage/colleagues";
import { plain, type View } from "@/features/triage/show";
import { useTriage, type Question } from "@/features/triage/triage";
import { useUndo } from "@/features/triage/undo";
import { useShow } from "@/features/triage/useShow";
import { useMay } from "@/stores/may";
import { useSession } from "@/stores/session";
import { useMode } from "./composer/mode";
import { useInbox } from "./inbox";

/** What single keys do in the inbox: to what is picked, else to the open conversation. */
export function useInboxKeys(selected: Ref<string>): void {
  const router = useRouter();
  const inbox = useInbox();
  const triage = useTriage();
  const actions = useActions();
  const colleagues = useColleagues();
  const undo = useUndo();
  const may = useMay();
  const session = useSession();
  const mode = useMode();
  const { to } = useShow();

  const ids = computed(() => {
    if (triage.chosen.length > 0) return triage.chosen;
    return inbox.byId.has(selected.value) ? [selected.value] : [];
  });
  const first = () => inbox.byId.get(ids.value[0] ?? "");
  const work = (act: () => unknown) => () => {
    if (may.triage.value && ids.value.length > 0) void act();
  };
  const ask = (question: Question) => work(() => triage.ask(question, ids.value));
  const go = (view: View) => () => void router.push(to("", plain(view)));

  useShortcuts({
    close: work(() => (first()?.status === "closed" ? actions.reopen(ids.value) : actions.close(ids.value))),
    snooze: ask("snooze"),
    assign: ask("assign"),
    assignMe: work(() => {
      const me = colleagues.answering.find((m) => m.you);
      return me && actions.assign(ids.value, me.user_id);
    }),
    label: ask("label"),
    star: work(() => actions.star(ids.value, !first()?.starred)),
    unread: () => void (may.markRead.value && actions.unread(ids.value, true)),
    pick: () => may.markRead.value && selected.value && triage.toggle(selected.value),
    undo: () => void undo.undo(),
    reply: () => selected.value && void mode.write("reply"),
    note: () => selected.value && may.note.value && void mode.write("note"),
    goInbox: go("inbox"),
    goMine: () => !session.support && go("mine")(),
    goUnassigned: go("unassigned"),
    goSnoozed: go("snoozed"),
    goClosed: go("closed"),
  });
}
