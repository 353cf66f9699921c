import { defineStore } from "pinia";
import { ref, watch } from "vue";
import type { Conversation } from "@/api/types";
import { isQuiet, keepChoices, readChoices } from "./choices";
import { chime } from "./chime";
import { speaksFor } from "./lead";

/** Who wrote, and what is said of it. */
export interface Notice {
  id: string;
  title: string;
  body: string;
  /** The worker shows a notice of it: there shall be one. */
  pushed?: boolean;
  open: () => void;
}

/** Sounds and the system's notices for new messages, where a person wants them. */
export const useNotices = defineStore("notices", () => {
  const choices = ref(readChoices());
  const permission = ref<NotificationPermission | "unsupported">(
    typeof Notification === "undefined" ? "unsupported" : Notification.permission,
  );
  watch(choices, keepChoices, { deep: true });

  /** Asks the browser for leave to show notices; call it from a click. */
  async function ask(): Promise<void> {
    if (permission.value === "unsupported") return;
    permission.value = await Notification.requestPermission();
  }

  /** Tells of a message, in one of the tabs that show the account, unless it is quiet. */
  function tell(account: string, notice: Notice, now = new Date()): void {
    if (!isQuiet(choices.value, now) && speaksFor(account)) show(notice);
  }

  function show(notice: Notice): void {
    if (choices.value.sound) chime();
    if (notice.pushed || !choices.value.desktop || permission.value !== "granted") return;
    // Of one conversation there is one notice, the newest.
    const shown = new Notification(notice.title, { body: notice.body, tag: notice.id, icon: "/icon-192.png" });
    shown.onclick = () => {
      window.focus();
      notice.open();
      shown.close();
    };
  }

  return { choices, permission, ask, tell, show };
});

/** Whether a conversation has a message that nobody here can have seen: newer than what was known of it, and not in front of the reader. */
export function isNews(before: Conversation | undefined, after: Conversation, inFront: string): boolean {
  return (
    (after.unread ?? 0) > 0 &&
    after.status === "open" &&
    after.last_message?.direction === "inbound" &&
    after.inbound_seq > (before?.inbound_seq ?? 0) &&
    after.id !== inFront
  );
}
