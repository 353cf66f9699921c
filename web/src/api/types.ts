import type { components } from "./schema";

type Schemas = components["schemas"];

export type Account = Schemas["Account"];
export type AccountOverview = Schemas["AccountOverview"];
export type ApiKey = Schemas["APIKey"];
export type AuditLine = Schemas["AuditLine"];
export type AuditPage = Schemas["AuditPage"];
export type AccountMembership = Schemas["AccountMembership"];
export type Assignee = Schemas["Assignee"];
export type Attachment = Schemas["Attachment"];
export type Backfill = Schemas["Backfill"];
export type Draft = Schemas["Draft"];
export type Health = Schemas["Health"];
export type ConversationEvent = Schemas["ConversationEvent"];
export type ConversationChange = Schemas["ConversationChange"];
export type Invitation = Schemas["Invitation"];
export type InvitationPreview = Schemas["InvitationPreview"];
export type Invited = Schemas["Invited"];
export type Member = Schemas["Member"];
export type NewKey = Schemas["NewKey"];
export type Person = Schemas["Person"];
export type PlatformLine = Schemas["PlatformLine"];
export type RolloutStatus = Schemas["RolloutStatus"];
export type SignIn = Schemas["SignIn"];
export type StaffMember = Schemas["StaffMember"];
export type StepUp = Schemas["StepUp"];
export type SupportVisit = Schemas["SupportVisit"];
export type Views = Schemas["Views"];
export type Visit = Schemas["Visit"];
export type VisitPage = Schemas["VisitPage"];
export type Connection = Schemas["Connection"];
export type Conversation = Schemas["Conversation"];
export type Insights = Schemas["Insights"];
export type InsightsDay = Schemas["InsightsDay"];
export type InsightsFigures = Schemas["InsightsFigures"];
export type InsightsSender = Schemas["InsightsSender"];
export type KeptDraft = Schemas["KeptDraft"];
export type Found = Schemas["FoundParticipant"];
export type FoundMessage = Schemas["FoundMessage"];
export type SearchPage = Schemas["SearchPage"];
export type FoundList = Schemas["FoundList"];
export type Retention = Schemas["Retention"];
export type Label = Schemas["Label"];
export type LabelList = Schemas["LabelList"];
export type Ledger = Schemas["Ledger"];
export type LedgerEvent = Schemas["LedgerEvent"];
export type Message = Schemas["Message"];
export type NewSession = Schemas["NewSession"];
export type Note = Schemas["Note"];
export type NoteList = Schemas["NoteList"];
export type Participant = Schemas["Participant"];
export type Problem = Schemas["Problem"];
export type Provider = Schemas["Provider"];
export type Reaction = Schemas["Reaction"];
export type Receipt = Schemas["Receipt"];
export type Referral = Schemas["Referral"];
export type ReplyTo = Schemas["ReplyTo"];
export type ReplyWindow = Schemas["Window"];
export type SavedReply = Schemas["SavedReply"];
export type Upload = Schemas["Upload"];
export type User = Schemas["User"];

/** One page of a list; next_cursor is null on the last one. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
