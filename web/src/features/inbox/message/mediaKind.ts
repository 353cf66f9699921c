import type { Attachment } from "@/api/types";

/** How an attachment is drawn. guess: Instagram does not say whether it is a picture or a video. */
export type Form = "picture" | "video" | "audio" | "guess" | "heart" | "card";

const forms: Partial<Record<string, Form>> = {
  image: "picture",
  sticker: "picture",
  video: "video",
  audio: "audio",
  like_heart: "heart",
  story_mention: "guess",
  story_reply: "guess",
  story: "guess",
  ig_story: "guess",
  share: "guess",
  ig_post: "guess",
  ig_reel: "guess",
  reel: "guess",
};

/** What has no bytes of its own to show is a card, of whatever type it is. */
export function formOf(attachment: Attachment): Form {
  const form = (Object.hasOwn(forms, attachment.type) && forms[attachment.type]) || "card";
  if (form === "heart") return form;
  return attachment.media_url ? form : "card";
}

/** The text (below `attachment.`) that names a type; unknown ones are named generically. */
export function attachmentKey(type: string): string {
  return Object.hasOwn(forms, type) || ["file", "template", "ephemeral"].includes(type) ? type : "other";
}

/** Whether Instagram had a picture or a sound here that cannot be had any more. */
export function isGone({ type, media_url, link, title, expired }: Attachment): boolean {
  const shows = ["picture", "video", "audio", "guess"].includes(forms[type] ?? "");
  return expired || (shows && !media_url && !link && !title);
}
