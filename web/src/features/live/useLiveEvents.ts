import { onBeforeUnmount, ref } from "vue";
import { useSession } from "@/stores/session";
import type { State } from "@/features/presence/presence";
import { useNews } from "@/features/support/news";
import { eventParser, type ServerEvent } from "./sse";

/** What a page does about live events. Ids are hints: the page re-reads what it shows. */
export interface LiveHandlers {
  /** The stream is open, for the first time or again: whatever is shown may be old. */
  fresh(): void;
  /** These conversations changed. */
  changed?(conversationIds: Set<string>): void;
  /** The connection with Instagram changed, or an import went on. */
  connection?(): void;
  /** A visit of support began or ended, or what support may do. */
  support?(): void;
  /** People or invitations have changed. */
  members?(): void;
  /** A draft of one's own has changed on one of one's pages. */
  draft?(conversationId: string, revision: number): void;
  /** Somebody of the account reads a conversation, writes in it, or has left it. */
  presence?(conversationId: string, userId: string, state: State): void;
  /** The saved replies have changed. */
  savedReplies?(): void;
  /** The labels have changed. */
  labels?(): void;
}

const firstPause = 500;
const longestPause = 10_000;
const troubleAfter = 3_000;
const silenceAfter = 45_000; // three pings
const gatherFor = 40;

/** Follows the account's event stream for as long as the page lives; `trouble` is true when it has been away for some seconds. */
export function useLiveEvents(handlers: LiveHandlers) {
  const session = useSession();
  const news = useNews();
  const trouble = ref(false);
  const stop = new AbortController();
  let gathered = new Set<string>();
  let connected = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let alarm: ReturnType<typeof setTimeout> | undefined;

  function on(event: ServerEvent): void {
    if (event.event === "hello") handlers.fresh();
    if (event.event === "draft") return hearDraft(event);
    if (event.event === "presence") return hearPresence(event);
    const id = conversationOf(event);
    if (id) gathered.add(id);
    else if (event.event === "connection") connected = true;
    else if (event.event === "support") return void (handlers.support?.(), news.hearSupport());
    else if (event.event === "members") return handlers.members?.();
    else if (event.event === "labels") return handlers.labels?.();
    else if (event.event === "saved_replies") return handlers.savedReplies?.();
    else return;
    // A burst becomes one re-read of each thing that changed.
    timer ??= setTimeout(() => {
      const ids = gathered;
      if (connected) handlers.connection?.();
      gathered = new Set();
      connected = false;
      timer = undefined;
      if (ids.size > 0) handlers.changed?.(ids);
    }, gatherFor);
  }

  function hearDraft(event: ServerEvent): void {
    const { conversation_id: id, revision } = JSON.parse(event.data) as { conversation_id: string; revision: number };
    handlers.draft?.(id, revision);
  }

  function hearPresence(event: ServerEvent): void {
    const told = JSON.parse(event.data) as { conversation_id: string; user_id: string; state: State };
    handlers.presence?.(told.conversation_id, told.user_id, told.state);
  }

  async function follow(): Promise<void> {
    let pause = firstPause;
    while (!stop.signal.aborted) {
      const began = Date.now();
      const expired = await once(on).catch(() => false);
      if (stop.signal.aborted || !session.signedIn) return;
      alarm ??= setTimeout(() => (trouble.value = true), troubleAfter);
      if (expired && !(await session.createSession(session.account?.account_id).catch(() => true)))
        return session.lose();
      if (Date.now() - began > longestPause) pause = firstPause;
      await wait(pause * (0.75 + Math.random() / 2));
      pause = Math.min(pause * 2, longestPause);
    }
  }

  /** Hears one stream to its end and reports whether the token is no good any more. */
  async function once(deliver: (event: ServerEvent) => void): Promise<boolean> {
    const cut = new AbortController();
    const signal = AbortSignal.any([stop.signal, cut.signal]);
    const headers = { Accept: "text/event-stream", Authorization: `Bearer ${session.token ?? ""}` };
    alarm ??= setTimeout(() => (trouble.value = true), troubleAfter);
    let silence = setTimeout(() => cut.abort(), silenceAfter);
    const response = await fetch("/api/v1/ui/events", { headers, signal, cache: "no-store" }).finally(() =>
      clearTimeout(silence),
    );
    if (response.status === 401) return true;
    if (!response.ok || !response.body) throw new Error(`event stream: ${response.status}`);
    clearTimeout(alarm);
    alarm = undefined;
    trouble.value = false;
    let expired = false;
    const feed = eventParser((event) => {
      expired ||= event.event === "auth_expired";
      deliver(event);
    });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    silence = setTimeout(() => cut.abort(), silenceAfter);
    try {
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        clearTimeout(silence);
        silence = setTimeout(() => cut.abort(), silenceAfter);
        feed(read.value);
      }
    } finally {
      clearTimeout(silence);
    }
    return expired;
  }

  const wait = (ms: number) =>
    new Promise<void>((done) => {
      const wake = setTimeout(done, ms);
      stop.signal.addEventListener("abort", () => (clearTimeout(wake), done()), { once: true });
    });

  onBeforeUnmount(() => {
    stop.abort();
    clearTimeout(timer);
    clearTimeout(alarm);
  });
  void follow();
  return { trouble };
}

function conversationOf(event: ServerEvent): string {
  if (event.event !== "message" && event.event !== "conversation") return "";
  try {
    const data = JSON.parse(event.data) as { conversation_id?: unknown };
    return typeof data.conversation_id === "string" ? data.conversation_id : "";
  } catch {
    return "";
  }
}
