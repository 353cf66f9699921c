import { defineStore } from "pinia";
import { ref } from "vue";
import { api } from "@/api/client";
import { failureOf } from "@/api/problem";
import type { Message } from "@/api/types";
import { useThread } from "../thread";
import { keep, kept } from "./kept";

/** A file that is uploaded and waits to be sent; preview is an address of this page alone. */
export interface OutgoingFile {
  uploadId: string;
  kind: string;
  name: string;
  preview: string | null;
}

/**
 * A reply that the server has not confirmed yet. stuck: it could not be asked, and may be asked again with the same id without sending
 * anything twice; refused: it said no, and why.
 */
export interface Outgoing {
  clientId: string;
  conversationId: string;
  text: string | null;
  file: OutgoingFile | null;
  humanAgent: boolean;
  at: string;
  phase: "waiting" | "posting" | "stuck" | "refused";
  failure: string;
}

export type NewReply = Pick<Outgoing, "conversationId" | "text" | "file" | "humanAgent">;

/** The replies on their way to the server: one at a time for each conversation, in the order in which they were written. */
export const useOutgoing = defineStore("outgoing", () => {
  const items = ref<Outgoing[]>([]);
  const thread = useThread();
  const busy = new Set<string>();
  const mine = new Set<string>();
  let account = "";

  /** Shows what an account still has to send. What was under way when the page went is stuck: a person lets it go on. */
  function open(id: string): void {
    if (id === account) return;
    account = id;
    items.value = (kept<Outgoing[]>(`outgoing:${id}`) ?? []).map((o) =>
      o.phase === "refused" ? o : { ...o, phase: "stuck", failure: "interrupted" },
    );
  }

  function save(): void {
    const plain = items.value.map((o) => ({ ...o, file: o.file && { ...o.file, preview: null } }));
    keep(`outgoing:${account}`, plain);
  }

  function send(reply: NewReply): void {
    const clientId = crypto.randomUUID();
    mine.add(clientId);
    const at = new Date().toISOString();
    items.value.push({ ...reply, clientId, at, phase: "waiting", failure: "" });
    save();
    void pump(reply.conversationId);
  }

  /** Asks again for a reply and, when the way was cut, for all that wait with it. */
  function retry(clientId: string, humanAgent = false): void {
    const chosen = items.value.find((o) => o.clientId === clientId);
    if (!chosen) return;
    chosen.humanAgent ||= humanAgent;
    for (const o of items.value)
      if (o === chosen || (o.conversationId === chosen.conversationId && o.phase === "stuck")) o.phase = "waiting";
    void pump(chosen.conversationId);
  }

  /** Takes a reply out of the queue. */
  function drop(clientId: string): Outgoing | undefined {
    const gone = items.value.find((o) => o.clientId === clientId);
    items.value = items.value.filter((o) => o.clientId !== clientId);
    if (gone?.file?.preview) URL.revokeObjectURL(gone.file.preview);
    save();
    return gone;
  }

  /** Forgets those that the server has after all, though its answer was lost. */
  function confirm(messages: Message[]): void {
    const there = new Set(messages.map((m) => m.client_id));
    items.value.filter((o) => there.has(o.clientId)).forEach((o) => drop(o.clientId));
  }

  /** Whether a reply was written on this page. */
  const isMine = (clientId: string | null): boolean => clientId !== null && mine.has(clientId);

  async function pump(conversation: string): Promise<void> {
    if (busy.has(conversation)) return;
    busy.add(conversation);
    const next = () => items.value.find((o) => o.conversationId === conversation && o.phase === "waiting");
    try {
      for (let reply = next(); reply; reply = next()) await post(reply);
    } finally {
      busy.delete(conversation);
    }
  }

  async function post(reply: Outgoing): Promise<void> {
    reply.phase = "posting";
    reply.failure = "";
    try {
      const path = `/api/v1/ui/conversations/${reply.conversationId}/messages`;
      const { data } = await api.post<Message>(path, bodyOf(reply));
      drop(reply.clientId);
      thread.put(reply.conversationId, data);
    } catch (error) {
      if (!items.value.includes(reply)) return; // it got there: a live event was faster than the answer that failed
      const { code, status } = failureOf(error);
      const refused = status >= 400 && status < 500 && status !== 401 && status !== 429;
      reply.phase = refused ? "refused" : "stuck";
      reply.failure = code;
      // The rest would overtake it.
      if (!refused)
        for (const o of items.value)
          if (o.conversationId === reply.conversationId && o.phase === "waiting")
            Object.assign(o, { phase: "stuck", failure: code });
      save();
    }
  }

  return { items, open, send, retry, drop, confirm, isMine };
});

function bodyOf(reply: Outgoing) {
  return {
    client_id: reply.clientId,
    ...(reply.text !== null && { text: reply.text }),
    ...(reply.file && { attachment: { upload_id: reply.file.uploadId } }),
    ...(reply.humanAgent && { human_agent: true }),
  };
}
