/** The reactions that are offered: those that Instagram's own app shows first. */
export const offeredReactions = ["❤️", "😂", "😮", "😢", "😡", "👍"];

/** Whether two emoji are the same one; the selector that asks for its coloured form (U+FE0F) may be left out. */
export const sameEmoji = (a: string, b: string): boolean => a.replaceAll("\ufe0f", "") === b.replaceAll("\ufe0f", "");
