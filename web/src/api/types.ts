import type { components } from "./schema";

export type {
  Attachment,
  Backfill,
  Connection,
  Conversation,
  Ledger,
  LedgerEvent,
  Message,
  Reaction,
  Receipt,
  Referral,
  ReplyTo,
  ReplyWindow,
  Upload,
} from "./pending";

type Schemas = components["schemas"];

export type Account = Schemas["Account"];
export type AccountMembership = Schemas["AccountMembership"];
export type NewSession = Schemas["NewSession"];
export type Problem = Schemas["Problem"];
export type Provider = Schemas["Provider"];
export type User = Schemas["User"];

/** One page of a list; next_cursor is null on the last one. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
