import { defineStore } from "pinia";
import { ref } from "vue";
import { api } from "@/api/client";
import { failureOf } from "@/api/problem";
import type { Draft, KeptDraft } from "@/api/types";
import { keep, kept } from "./kept";
import type { Mode } from "./mode";
import { reconciled } from "./reconcile";

/**
 * A draft as this browser has it. revision: of the server's that it comes from; dirty: the server does not have it yet; tried: texts that
 * were sent to it without an answer, so that one of them that arrives late is known as our own.
 */
interface Entry {
  text: string;
  revision: number;
  dirty: boolean;
  tried: string[];
}

const pause = 800; // after the last key
const retryAfter = 10_000;
const hintAfter = 300; // by then the answer to our own write is here
const mostTried = 5;

const keyOf = (conversation: string, mode: Mode) => (mode === "note" ? `${conversation}:note` : conversation);

/**
 * What somebody has begun to write, one text for each conversation and mode. It is kept in this browser at once, so it outlives reloads
 * and other tabs follow it, and on the server soon after, for the person's other devices. Each draft has one write under way at a time.
 */
export const useDrafts = defineStore("drafts", () => {
  const entries = ref(new Map<string, Entry>());
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const busy = new Set<string>();
  const changed = new Map<string, number>(); // when an entry changed, by a clock that counts changes
  let clock = 0;
  let name = "";
  let synced = false;
  let era = 0; // of the account that is shown: what was asked for another one counts no more
  let hint: ReturnType<typeof setTimeout> | undefined;

  /** Shows a person's drafts in an account; on the server, too, where the person may keep some there. */
  function open(account: string, person: string, onServer: boolean): void {
    era++;
    timers.forEach((t) => clearTimeout(t));
    clearTimeout(hint);
    timers.clear();
    busy.clear();
    name = `drafts:${account}:${person}`;
    synced = onServer;
    read();
    void load();
  }

  function read(): void {
    entries.value = new Map(Object.entries(kept<Record<string, Entry>>(name) ?? {}));
  }

  function save(): void {
    if (name) keep(name, Object.fromEntries([...entries.value].filter(([, e]) => e.text || e.dirty)));
  }

  const textOf = (conversation: string, mode: Mode = "reply"): string =>
    entries.value.get(keyOf(conversation, mode))?.text ?? "";

  function put(key: string, entry: Entry): void {
    entries.value.set(key, entry);
    changed.set(key, ++clock);
    save();
  }

  function write(conversation: string, text: string, mode: Mode = "reply"): void {
    const key = keyOf(conversation, mode);
    const before = entries.value.get(key) ?? { text: "", revision: 0, dirty: false, tried: [] };
    if (before.text === text) return;
    put(key, { ...before, text, dirty: synced });
    plan(key, pause);
  }

  /** Forgets a conversation that is not there any more. */
  function forget(conversation: string): void {
    for (const key of [keyOf(conversation, "reply"), keyOf(conversation, "note")]) {
      clearTimeout(timers.get(key));
      entries.value.delete(key);
    }
    save();
  }

  function plan(key: string, wait: number): void {
    if (!synced) return;
    clearTimeout(timers.get(key));
    timers.set(
      key,
      setTimeout(() => void push(key), wait),
    );
  }

  async function push(key: string): Promise<void> {
    timers.delete(key);
    const entry = entries.value.get(key);
    if (!entry?.dirty || busy.has(key)) return;
    const mine = era;
    const [conversation = "", note] = key.split(":");
    const { text, revision } = entry;
    busy.add(key);
    put(key, { ...entry, tried: [...entry.tried.filter((t) => t !== text), text].slice(-mostTried) });
    let wait = 0;
    try {
      const body = { mode: note ?? "reply", text, revision };
      const { data } = await api.put<KeptDraft>(`/api/v1/ui/conversations/${conversation}/drafts`, body);
      if (mine === era) settle(key, text, data);
    } catch (error) {
      const { status } = failureOf(error);
      if (mine === era && status === 404) forget(conversation);
      const refused = status >= 400 && status < 500 && status !== 401 && status !== 429;
      wait = refused ? Infinity : retryAfter; // what is refused stays in this browser until it is changed
    }
    if (mine !== era) return;
    busy.delete(key);
    if (entries.value.get(key)?.dirty && !timers.has(key) && wait < Infinity) plan(key, wait);
  }

  /** Takes in what the server has after a write of `sent`. */
  function settle(key: string, sent: string, { kept: ours, draft }: KeptDraft): void {
    const entry = entries.value.get(key);
    if (!entry) return;
    const text = ours ? entry.text : reconciled(draft.text, entry.text, entry.tried);
    put(key, { text, revision: draft.revision, dirty: text !== (ours ? sent : draft.text), tried: [] });
  }

  /** Reads what the person has begun elsewhere. What changes here meanwhile is left alone. It may fail quietly. */
  async function load(): Promise<void> {
    if (!synced) return;
    const mine = era;
    const asked = clock;
    let items: Draft[];
    try {
      items = (await api.get<{ items: Draft[] }>("/api/v1/ui/drafts")).data.items;
    } catch {
      return;
    }
    if (mine !== era) return;
    const theirs = new Map(items.map((d) => [keyOf(d.conversation_id, d.mode), d]));
    for (const key of new Set([...theirs.keys(), ...entries.value.keys()])) {
      const entry = entries.value.get(key);
      const draft = theirs.get(key);
      if (entry?.dirty) plan(key, pause);
      else if ((changed.get(key) ?? 0) > asked) continue;
      else if (draft && draft.revision > (entry?.revision ?? 0))
        put(key, { text: draft.text, revision: draft.revision, dirty: false, tried: [] });
      else if (!draft && entry?.text) put(key, { ...entry, text: "" }); // sent or emptied elsewhere
    }
  }

  /** One of the person's pages has changed a draft. */
  function hear(conversation: string, revision: number): void {
    const known = () =>
      (["reply", "note"] as const).some((m) => (entries.value.get(keyOf(conversation, m))?.revision ?? 0) >= revision);
    clearTimeout(hint);
    hint = setTimeout(() => known() || void load(), hintAfter);
  }

  window.addEventListener("storage", (event) => {
    if (name && event.key?.endsWith(name)) read();
  });
  return { entries, open, textOf, write, forget, load, hear };
});
