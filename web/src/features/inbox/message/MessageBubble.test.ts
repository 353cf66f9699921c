import { mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import type { Attachment, Message } from "@/api/types";
import { i18n } from "@/i18n";
import MessageBubble from "./MessageBubble.vue";
import { sampleMessage } from "./sampleMessage";

const attachment = (type: string, over: Partial<Attachment> = {}): Attachment => ({
  id: "a1",
  type,
  title: null,
  media_url: null,
  link: null,
  expired: false,
  ...over,
});
const show = (message: Partial<Message>, place = { last: true, seen: false }) =>
  mount(MessageBubble, {
    props: { message: sampleMessage(message), ...place, name: "Amara", seed: "p1", mayReply: true },
    global: { plugins: [i18n] },
    attachTo: document.body,
  });
const sent = (over: Partial<Message>): Partial<Message> => ({
  direction: "outbound",
  state: "sent",
  origin: "parlor",
  ...over,
});
const media = (type: string, over: Partial<Attachment> = {}): Partial<Message> => ({
  kind: "attachment",
  text: null,
  attachments: [attachment(type, over)],
});

describe("MessageBubble", () => {
  beforeEach(() => setActivePinia(createPinia()));

  it.each<[string, Partial<Message>, string[]]>([
    ["a text", {}, ["Is the walnut one still available?"]],
    ["an edited text", { edited_at: "2026-11-20T09:05:00Z" }, ["Edited"]],
    ["a message taken back", { kind: "unsent", text: null }, ["This message was taken back."]],
    ["what Instagram cannot show", { kind: "unsupported", text: null }, ["Instagram cannot show this message here"]],
    ["an empty message", { kind: "empty", text: null }, ["came without content"]],
    ["a kind of a later version", { kind: "novelty", text: null }, ["Sent a message"]],
    ["a tapped button", { kind: "postback", text: "Opening hours" }, ["Tapped a button", "Opening hours"]],
    [
      "a referral alone",
      { kind: "referral", text: null, referral: { source: "SHORTLINK", ref: "winter", ad_id: "", ad_title: "" } },
      ["Came by the link “winter”"],
    ],
    [
      "a message from an ad",
      { referral: { source: "ADS", ref: "", ad_id: "1", ad_title: "Boards" } },
      ["Came from the ad “Boards”"],
    ],
    ["a standby message", { standby: true }, ["Another tool was in charge"]],
    ["a recovered message", { recovered: true }, ["Recovered"]],
    ["a picture that is gone", media("image"), ["Photo", "does not give it any more"]],
    ["a story that is over", media("story_mention"), ["Mentioned you in a story", "The story is over."]],
    ["view-once media", media("ephemeral"), ["View-once media"]],
    ["a card", media("template", { title: "Order 12" }), ["Card", "Order 12"]],
    ["an attachment of a later version", media("novelty"), ["Attachment"]],
    ["a story reply", { reply_to: { mid: null, message_id: null, text: null, story: true } }, ["Reply to your story"]],
    [
      "an answer to a message that is elsewhere",
      { reply_to: { mid: "x", message_id: null, text: null, story: false } },
      ["Reply to a message", "not here"],
    ],
    ["what came from the Instagram app", sent({ origin: "instagram_app" }), ["From the Instagram app"]],
    ["what another tool sent", sent({ origin: "other_app" }), ["From another tool"]],
    ["a waiting reply", sent({ state: "queued" }), ["Waiting"]],
    ["a reply under way", sent({ state: "sending" }), ["Sending…"]],
    ["a sent reply", sent({}), ["Sent"]],
    ["a reply that somebody looked up", sent({ marked_sent: true }), ["Marked as sent"]],
    ["a failed reply", sent({ state: "failed", fault: "blocked" }), ["Not sent", "paused sending"]],
    ["a reply being looked for", sent({ state: "unknown", checking: true }), ["Checking", "looking whether"]],
  ])("shows %s", (_, message, texts) => {
    const text = show(message).text();
    for (const expected of texts) expect(text).toContain(expected);
  });

  it("tells by role and name who wrote", () => {
    expect(show({}).get("article").attributes("aria-label")).toMatch(/^Amara, /);
    expect(show(sent({})).get("article").attributes("aria-label")).toMatch(/^You, /);
  });

  it("shows a picture from our own address, and words when it cannot be had", async () => {
    const bubble = show(media("image", { media_url: "/media/1?ticket=t" }));
    const picture = bubble.get("img");
    expect(picture.attributes()).toMatchObject({ src: "/media/1?ticket=t", alt: "Photo" });
    await picture.trigger("error");
    expect(bubble.find("img").exists()).toBe(false);
    expect(bubble.text()).toContain("It cannot be shown here.");
  });

  it("tries a story as a picture, then as a video", async () => {
    const bubble = show(media("story_mention", { media_url: "/media/1" }));
    await bubble.get("img").trigger("error");
    await bubble.get("video").trigger("error");
    expect(bubble.text()).toContain("It cannot be shown here.");
  });

  it("plays videos and voice messages with controls", () => {
    expect(
      show(media("video", { media_url: "/media/1" }))
        .get("video")
        .attributes("controls"),
    ).toBeDefined();
    expect(
      show(media("audio", { media_url: "/media/1" }))
        .get("audio")
        .attributes("controls"),
    ).toBeDefined();
  });

  it("opens links in a tab that knows nothing of this one, and only web addresses", () => {
    const link = show(media("ig_post", { title: "New", link: "https://www.instagram.com/p/1/" })).get("a");
    expect(link.attributes()).toMatchObject({ href: "https://www.instagram.com/p/1/", target: "_blank" });
    expect(link.attributes("rel")).toContain("noopener");
    expect(
      show(media("ig_post", { title: "New", link: "javascript:alert(1)" }))
        .find("a")
        .exists(),
    ).toBe(false);
  });

  it("shows who reacted, and lets our own reaction be taken off", () => {
    const bubble = show({
      reactions: [
        { actor: "customer", emoji: "😂" },
        { actor: "account", emoji: "❤️" },
      ],
    });
    expect(bubble.find('[role="img"][aria-label="Amara reacted 😂"]').exists()).toBe(true);
    expect(bubble.find('button[aria-label="Take your ❤️ off"]').exists()).toBe(true);
  });

  it("offers a reaction to what the customer wrote, not to our own or to what is gone", () => {
    const offered = (message: Partial<Message>) => show(message).find('button[aria-label="React"]').exists();
    expect(offered({})).toBe(true);
    expect(offered(sent({}))).toBe(false);
    expect(offered({ kind: "unsent", text: null })).toBe(false);
    expect(offered({ mid: null })).toBe(false);
  });

  it("lets a person decide about a reply that nobody knows of, once the search is over", () => {
    const actions = ["retry", "mark_sent"];
    const names = (m: Partial<Message>) =>
      show(sent({ state: "unknown", ...m }))
        .findAll("button, a")
        .map((b) => b.text());
    expect(names({ actions })).toEqual([expect.stringContaining("Check in Instagram"), "Send again", "Mark as sent"]);
    expect(names({ checking: true })).toEqual([]);
  });

  it("says seen where the customer has come to", () => {
    expect(show(sent({ seen: true }), { last: true, seen: true }).text()).toContain("Seen");
    expect(show(sent({ seen: true })).text()).not.toContain("Seen");
  });
});
