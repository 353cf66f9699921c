import { defineStore } from "pinia";
import { ref } from "vue";
import { keep, kept } from "./kept";

/** What somebody has begun to write, one text for each conversation of the account. It outlives reloads, and other tabs follow it. */
export const useDrafts = defineStore("drafts", () => {
  const byConversation = ref(new Map<string, string>());
  let name = "";

  /** Shows the drafts of an account. */
  function open(account: string): void {
    name = `drafts:${account}`;
    read();
  }

  function read(): void {
    byConversation.value = new Map(Object.entries(kept<Record<string, string>>(name) ?? {}));
  }

  const textOf = (conversation: string): string => byConversation.value.get(conversation) ?? "";

  function write(conversation: string, text: string): void {
    if (text) byConversation.value.set(conversation, text);
    else byConversation.value.delete(conversation);
    if (name) keep(name, Object.fromEntries(byConversation.value));
  }

  window.addEventListener("storage", (event) => {
    if (name && event.key?.endsWith(name)) read();
  });
  return { byConversation, open, textOf, write };
});
