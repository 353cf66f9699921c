import type { components } from "./schema";

type Schemas = components["schemas"];

export type Account = Schemas["Account"];
export type AccountMembership = Schemas["AccountMembership"];
export type Attachment = Schemas["Attachment"];
export type Backfill = Schemas["Backfill"];
export type Connection = Schemas["Connection"];
export type Conversation = Schemas["Conversation"];
export type Ledger = Schemas["Ledger"];
export type LedgerEvent = Schemas["LedgerEvent"];
export type Message = Schemas["Message"];
export type NewSession = Schemas["NewSession"];
export type Problem = Schemas["Problem"];
export type Provider = Schemas["Provider"];
export type Reaction = Schemas["Reaction"];
export type Receipt = Schemas["Receipt"];
export type Referral = Schemas["Referral"];
export type ReplyTo = Schemas["ReplyTo"];
export type ReplyWindow = Schemas["Window"];
export type Upload = Schemas["Upload"];
export type User = Schemas["User"];

/** One page of a list; next_cursor is null on the last one. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
