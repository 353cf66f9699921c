import { createI18n } from "vue-i18n";
import { chosen, keepLanguage, locale, pseudo, type Language, type Locale } from "./locale";

/** The parts that the texts are loaded in: what every page needs, what the inbox needs too, and all the rest. */
export const parts = ["base", "inbox", "settings"] as const;
export type Part = (typeof parts)[number];

type Texts = Record<string, unknown>;

const files = import.meta.glob<{ default: Texts }>("./*/*.json");
const loaded = new Set<string>();
const wanted = new Set<Part>();

/** Every text that a person reads comes from here, once its part is loaded. */
export const i18n = createI18n({ legacy: false, locale: "en", fallbackLocale: "en", messages: { en: {} } });

/** Loads parts of the texts; those that are there are not loaded again. */
export async function loadTexts(...names: readonly Part[]): Promise<void> {
  names.forEach((part) => wanted.add(part));
  await load(locale.value);
}

async function load(language: Locale): Promise<void> {
  await Promise.all(
    [...wanted].map(async (part) => {
      const name = `${language}/${part}`;
      if (loaded.has(name)) return;
      i18n.global.mergeLocaleMessage(language, await textsOf(language, part));
      loaded.add(name);
    }),
  );
}

async function textsOf(language: Locale, part: Part): Promise<Texts> {
  const file = files[`./${language === pseudo ? "en" : language}/${part}.json`];
  const texts = (await file?.())?.default ?? {};
  return language === pseudo ? (await import("./pseudo")).pseudoTexts(texts) : texts;
}

/** Shows everything in the language, once its texts are here. */
async function use(language: Locale): Promise<void> {
  await load(language);
  (i18n.global.locale as { value: string }).value = language;
  locale.value = language;
  document.documentElement.lang = language === pseudo ? "en" : language;
}

/** Begins with the language of this browser. */
export async function begin(...names: readonly Part[]): Promise<void> {
  names.forEach((part) => wanted.add(part));
  await use(chosen());
}

/** Changes the language, and keeps it for this browser. */
export async function speak(language: Language): Promise<void> {
  keepLanguage(language);
  await use(language);
}
