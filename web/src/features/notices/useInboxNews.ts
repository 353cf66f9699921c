import { onScopeDispose, watch, type Ref } from "vue";
import { useI18n } from "vue-i18n";
import { useRouter } from "vue-router";
import type { Conversation } from "@/api/types";
import { nameOf, previewOf } from "@/features/inbox/preview";
import { wisher } from "@/features/push/wish";
import { useCounts } from "@/features/triage/counts";
import { useSession } from "@/stores/session";
import { badge } from "./badge";
import { standFor } from "./lead";
import { isNews, useNotices } from "./notices";

/** Lets the tab's icon show what is unread, and tells of new messages where that is wanted. */
export function useInboxNews(selected: Ref<string>) {
  const { t } = useI18n();
  const router = useRouter();
  const session = useSession();
  const counts = useCounts();
  const notices = useNotices();
  let leave: () => void = () => undefined;

  watch(
    () => session.account?.account_id,
    (account) => {
      leave();
      leave = account ? standFor(account) : () => undefined;
    },
    { immediate: true },
  );
  watch(() => counts.numberOf("unread") > 0, badge, { immediate: true });
  onScopeDispose(() => {
    leave();
    badge(false);
  });

  /** Hears that a conversation has changed from what it was. */
  function hear(before: Conversation | undefined, after: Conversation): void {
    const account = session.account;
    const inFront = document.visibilityState === "visible" && document.hasFocus() ? selected.value : "";
    if (!account || !isNews(before, after, inFront)) return;
    const preview = previewOf(after);
    const text = "text" in preview ? preview.text : t(preview.key);
    notices.tell(account.account_id, {
      id: after.id,
      title: t("notice.title", { name: nameOf(after, t("inbox.customer")), account: account.username }),
      pushed: document.visibilityState === "hidden" && wisher() === session.user?.id,
      body: notices.choices.text ? text : t("notice.body"),
      open: () => void router.push({ name: "inbox", params: { username: account.username, conversation: after.id } }),
    });
  }

  return { hear };
}
