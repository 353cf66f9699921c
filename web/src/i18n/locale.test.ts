import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick } from "vue";
import { numberText } from "@/text/number";
import { durationText } from "@/time/duration";
import { momentText } from "@/time/time";
import { i18n, loadTexts, parts, speak } from ".";
import { chosen, formatTag, languages } from "./locale";
import { stretch } from "./pseudo";

const files = import.meta.glob<{ default: object }>("./*/*.json", { eager: true, query: "?raw" });
const textsOf = (language: string): Record<string, string> =>
  Object.assign({}, ...parts.map((part) => flat(JSON.parse(String(files[`./${language}/${part}.json`]?.default)))));

function flat(node: object, under = ""): Record<string, string> {
  return Object.assign(
    {},
    ...Object.entries(node).map(([key, value]) =>
      typeof value === "string" ? { [under + key]: value } : flat(value as object, `${under}${key}.`),
    ),
  );
}
const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();
const english = textsOf("en");

describe("every language", () => {
  const others = Object.keys(languages).filter((l) => l !== "en");

  it.each(others)("%s says all that English says, with the same placeholders and plural forms", (language) => {
    const texts = textsOf(language);
    expect(Object.keys(texts).sort()).toEqual(Object.keys(english).sort());
    for (const [key, text] of Object.entries(english)) {
      expect(placeholders(texts[key] ?? ""), key).toEqual(placeholders(text));
      expect(texts[key]?.split(" | ").length, key).toBe(text.split(" | ").length);
      expect(texts[key]?.trim(), key).not.toBe("");
    }
  });
});

describe("the language of a browser", () => {
  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
  });

  it("is the one chosen, else the first that it asks for and we have, else English", () => {
    expect(chosen(["fr-FR", "de-AT", "en"])).toBe("de");
    expect(chosen(["fr"])).toBe("en");
    expect(chosen([])).toBe("en");
    localStorage.setItem("language", "en");
    expect(chosen(["de"])).toBe("en");
    localStorage.setItem("language", "constructor");
    expect(chosen(["de"])).toBe("de");
  });

  it("formats as the browser's own region does", () => {
    expect(formatTag("en", ["de-DE", "en-GB", "en-US"])).toBe("en-GB");
    expect(formatTag("de", ["en-US"])).toBe("de");
    expect(formatTag("xx", ["en-IE"])).toBe("en-IE");
  });
});

describe("changing the language", () => {
  afterEach(() => speak("en"));

  it("changes texts, dates and numbers at once", async () => {
    await loadTexts(...parts);
    const at = new Date(2026, 9, 3, 15, 5).toISOString();
    const say = () => [i18n.global.t("triage.close"), momentText(at), numberText(1234.5), durationText(90 * 60_000)];
    const before = say();
    await speak("de");
    await nextTick();
    const after = say();
    expect(after).toHaveLength(before.length);
    after.forEach((text, i) => expect(text).not.toBe(before[i]));
    expect(document.documentElement.lang).toBe("de");
    expect(localStorage.getItem("language")).toBe("de");
  });
});

describe("the pseudo-locale", () => {
  it("is longer, strange, and keeps what stands for something else", async () => {
    expect(stretch("Inbox").length).toBeGreaterThanOrEqual(7);
    vi.resetModules();
    sessionStorage.setItem("language", "xx");
    const fresh = await import(".");
    await fresh.begin(...fresh.parts);
    sessionStorage.clear();
    const { t } = fresh.i18n.global;
    expect(t("triage.close")).toMatch(/^\[.*ö.*\]$/);
    expect(t("triage.assignedTo", { name: "Ada" })).toContain("Ada");
    expect(t("team.nDays", { n: 1 }, 1)).toContain("1");
    expect(t("team.nDays", { n: 3 }, 3)).toContain("3");
    expect(t("team.nDays", { n: 1 }, 1)).not.toContain("|");
  });
});
