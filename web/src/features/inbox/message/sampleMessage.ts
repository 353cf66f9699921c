import type { Message } from "@/api/types";

/** For tests: a customer's text message, with whatever a test wants to be different. */
export const sampleMessage = (over: Partial<Message> = {}): Message => ({
  id: "m1",
  mid: "mid.1",
  client_id: null,
  direction: "inbound",
  kind: "text",
  text: "Is the walnut one still available?",
  state: "received",
  sent_at: "2026-11-20T09:00:00Z",
  attachments: [],
  fault: null,
  actions: [],
  checking: false,
  seen: false,
  edited_at: null,
  recovered: false,
  standby: false,
  marked_sent: false,
  origin: null,
  reply_to: null,
  reactions: [],
  referral: null,
  ...over,
});
