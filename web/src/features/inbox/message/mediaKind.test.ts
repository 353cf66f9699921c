import { describe, expect, it } from "vitest";
import type { Attachment } from "@/api/types";
import texts from "@/i18n/english";
import { attachmentKey, formOf, isGone } from "./mediaKind";

const attachment = (type: string, media: string | null = "/media/1"): Attachment => ({
  id: "1",
  type,
  title: null,
  media_url: media,
  link: null,
  expired: false,
});

describe("formOf", () => {
  it.each([
    ["image", "picture"],
    ["video", "video"],
    ["audio", "audio"],
    ["story_mention", "guess"],
    ["ig_reel", "guess"],
    ["file", "card"],
    ["template", "card"],
    ["like_heart", "heart"],
    ["a_later_type", "card"],
    ["constructor", "card"],
  ])("%s is a %s", (type, form) => expect(formOf(attachment(type))).toBe(form));

  it("is a card when nothing can be shown any more", () => {
    expect(formOf(attachment("image", null))).toBe("card");
    expect(formOf(attachment("like_heart", null))).toBe("heart");
    expect(isGone(attachment("image", null))).toBe(true);
    expect(isGone({ ...attachment("ig_post", null), title: "New in" })).toBe(false);
    expect(isGone(attachment("template", null))).toBe(false);
    expect(isGone({ ...attachment("file", null), title: "plan.pdf", expired: true })).toBe(true);
  });
});

describe("attachmentKey", () => {
  it("has a text for each", () => {
    for (const type of ["image", "share", "file", "template", "ephemeral", "story_reply", "a_later_type"])
      expect(Object.keys(texts.attachment)).toContain(attachmentKey(type));
  });
});
