import { computed } from "vue";
import { useI18n } from "vue-i18n";
import { useRoute, useRouter } from "vue-router";
import { useMode } from "@/features/inbox/composer/mode";
import { useInbox } from "@/features/inbox/inbox";
import { settingsPages } from "@/features/settings/pages";
import { useTheme, type Theme } from "@/features/shell/theme";
import { shortcuts, useShortcutSetting, type Shortcut } from "@/features/shortcuts/shortcuts";
import { useSearchPanel } from "@/features/search/searchPanel";
import { useActions } from "@/features/triage/actions";
import { useColleagues } from "@/features/triage/colleagues";
import { plain, queryOf, type View } from "@/features/triage/show";
import { useTriage } from "@/features/triage/triage";
import { useViews } from "@/features/triage/useViews";
import { useMay } from "@/stores/may";
import { useSession } from "@/stores/session";

/** Something that can be done from here: its words, the keys that do it too, and the doing. */
export interface Command {
  key: string;
  text: string;
  keys: readonly string[];
  go: () => unknown;
}

const viewKeys: Partial<Record<View, Shortcut>> = {
  inbox: "goInbox",
  mine: "goMine",
  unassigned: "goUnassigned",
  snoozed: "goSnoozed",
  closed: "goClosed",
};

/** Everything that can be done from the page that is open, what concerns the open conversation first. */
export function useCommands() {
  const { t } = useI18n();
  const route = useRoute();
  const router = useRouter();
  const session = useSession();
  const inbox = useInbox();
  const triage = useTriage();
  const colleagues = useColleagues();
  const actions = useActions();
  const may = useMay();
  const mode = useMode();
  const views = useViews();
  const setting = useShortcutSetting();
  const searching = useSearchPanel();
  const { choose } = useTheme();

  const command = (key: string, text: string, go: () => unknown, shortcut?: Shortcut): Command => ({
    key,
    text,
    go,
    keys: shortcut && setting.on ? shortcuts[shortcut] : [],
  });

  const open = computed(() => inbox.byId.get(String(route.params.conversation ?? "")));
  const onConversation = computed(() => {
    const c = open.value;
    if (!c || !may.triage.value) return [];
    const ids = [c.id];
    const me = colleagues.answering.find((m) => m.you);
    const move =
      c.status === "open"
        ? command("close", t("triage.close"), () => actions.close(ids), "close")
        : command("reopen", t("triage.reopen"), () => actions.reopen(ids), "close");
    const star = t(c.starred ? "triage.unstar" : "triage.star");
    return [
      move,
      command("snooze", t("triage.snooze"), () => triage.ask("snooze", ids), "snooze"),
      command("assign", t("triage.assign"), () => triage.ask("assign", ids), "assign"),
      ...(me ? [command("assignMe", t("shortcuts.assignMe"), () => actions.assign(ids, me.user_id), "assignMe")] : []),
      command("label", t("triage.label"), () => triage.ask("label", ids), "label"),
      command("star", star, () => actions.star(ids, !c.starred), "star"),
    ];
  });
  const writing = computed(() =>
    open.value && may.note.value ? [command("note", t("shortcuts.note"), () => mode.write("note"), "note")] : [],
  );
  const reading = computed(() => {
    const c = open.value;
    return c && may.markRead.value
      ? [command("unread", t("triage.unread"), () => actions.unread([c.id], true), "unread")]
      : [];
  });
  const params = computed(() => ({ username: session.account?.username }));
  const places = computed(() => [
    ...views.value.map((v) =>
      command(
        `view-${v.name}`,
        t("commands.goTo", { place: t(`view.${v.name}`) }),
        () =>
          router.push({ name: "inbox", params: { ...params.value, conversation: "" }, query: queryOf(plain(v.name)) }),
        viewKeys[v.name],
      ),
    ),
    ...(session.may("insights:read")
      ? [
          command("insights", t("commands.goTo", { place: t("shell.insights") }), () =>
            router.push({ name: "insights", params: params.value }),
          ),
        ]
      : []),
    ...settingsPages
      .filter((p) => (p.permission ? session.may(p.permission) : session.support === null))
      .map((p) =>
        command(`settings-${p.name}`, t("commands.settings", { page: t(`settings.page.${p.name}`) }), () =>
          router.push({ name: p.name, params: params.value }),
        ),
      ),
  ]);
  const rest = computed(() => [
    command("search", t("search.open"), () => (searching.open = true), "search"),
    ...(["light", "dark", "system"] satisfies Theme[]).map((theme) =>
      command(`theme-${theme}`, t("commands.theme", { theme: t(`shell.theme.${theme}`) }), () => choose(theme)),
    ),
    command("help", t("shortcuts.title"), () => (setting.helping = true), "help"),
    command("sign-out", t("shell.signOut"), () => session.signOut()),
  ]);

  return computed(() => [...onConversation.value, ...writing.value, ...reading.value, ...places.value, ...rest.value]);
}
