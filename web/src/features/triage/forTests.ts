import type { AxiosResponse, InternalAxiosRequestConfig } from "axios";
import { api } from "@/api/client";
import type { Conversation } from "@/api/types";

/** A conversation as a test needs it; its number decides its id and how old its last message is. */
export function conversation(n: number, change: Partial<Conversation> = {}): Conversation {
  const at = new Date(Date.now() - n * 60_000).toISOString();
  return {
    id: `c${String(n).padStart(3, "0")}`,
    participant: { id: `p${n}`, name: `Customer ${n}`, username: `customer${n}` },
    last_message: { id: `m${n}`, kind: "text", text: "Hello", direction: "inbound", sent_at: at },
    unread: 0,
    inbound_seq: 1,
    waiting_since: null,
    window: { state: "open", closes_at: new Date(Date.now() + 86_400_000).toISOString(), reason: "customer_wrote" },
    seen_until: null,
    status: "open",
    snoozed_until: null,
    assignee: null,
    starred: false,
    label_ids: [],
    ...change,
  } as Conversation;
}

/** A request that waits for its answer. */
export interface Asked {
  config: InternalAxiosRequestConfig;
  answer: (data: unknown) => void;
  refuse: (status: number, code: string) => void;
}

/** Lets a test answer every request by hand, in the order that it likes. */
export function answerByHand(): Asked[] {
  const asked: Asked[] = [];
  api.defaults.adapter = (config: InternalAxiosRequestConfig) =>
    new Promise((resolve, reject) => {
      const of = (status: number, data: unknown) =>
        ({ status, data, statusText: "", headers: {}, config }) as AxiosResponse;
      asked.push({
        config,
        answer: (data) => resolve(of(200, data)),
        refuse: (status, code) =>
          reject(Object.assign(new Error(code), { isAxiosError: true, config, response: of(status, { code }) })),
      });
    });
  return asked;
}
