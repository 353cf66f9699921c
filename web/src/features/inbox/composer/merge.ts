import type { Message } from "@/api/types";
import type { Outgoing } from "./outgoing";

/** A message of the thread, or a reply that only this page knows. */
export type ShownMessage = Message & { local?: Outgoing };

/** Puts the replies on their way behind the thread, in their order; one that the server has by now is shown once. */
export function withOutgoing(messages: Message[], outgoing: Outgoing[]): ShownMessage[] {
  const there = new Set(messages.map((m) => m.client_id));
  return [...messages, ...outgoing.filter((o) => !there.has(o.clientId)).map(asMessage)];
}

const states = { waiting: "queued", posting: "sending", stuck: "failed", refused: "failed" } as const;

function asMessage(local: Outgoing): ShownMessage {
  const { clientId, text, file, phase, failure } = local;
  return {
    id: `local-${clientId}`,
    mid: null,
    client_id: clientId,
    direction: "outbound",
    kind: file ? "attachment" : "text",
    text,
    state: states[phase],
    sent_at: local.at,
    attachments: file
      ? [{ id: file.uploadId, type: file.kind, title: file.name, media_url: file.preview, link: null, expired: false }]
      : [],
    fault: failure || null,
    actions: [],
    checking: false,
    seen: false,
    edited_at: null,
    recovered: false,
    standby: false,
    marked_sent: false,
    origin: "parlor",
    reply_to: null,
    reactions: [],
    referral: null,
    local,
  };
}
