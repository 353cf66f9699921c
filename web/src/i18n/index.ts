import { createI18n } from "vue-i18n";

/** The parts that the texts are loaded in: what every page needs, what the inbox needs too, and all the rest. */
export const parts = ["base", "inbox", "settings"] as const;
export type Part = (typeof parts)[number];

type Texts = Record<string, unknown>;

const files = import.meta.glob<{ default: Texts }>("./*/*.json");
const loaded = new Set<string>();

/** Every text that a person reads comes from here, once its part is loaded. */
export const i18n = createI18n({ legacy: false, locale: "en", fallbackLocale: "en", messages: { en: {} } });

/** Loads parts of the texts; those that are there are not loaded again. */
export async function loadTexts(...wanted: readonly Part[]): Promise<void> {
  const locale = i18n.global.locale.value;
  await Promise.all(
    wanted.map(async (part) => {
      const name = `./${locale}/${part}.json`;
      if (loaded.has(name)) return;
      const texts = await files[name]?.();
      i18n.global.mergeLocaleMessage(locale, texts?.default ?? {});
      loaded.add(name);
    }),
  );
}
