import { ref } from "vue";

/** The languages that the app speaks, each named in its own words. */
export const languages = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof languages;

/** Made from English for looking at: shows what is not in the files, and what has no room for longer words. */
export const pseudo = "xx";
export type Locale = Language | typeof pseudo;

const name = "language";
const isLanguage = (text: string | null): text is Language => text !== null && Object.hasOwn(languages, text);

/** The language of this browser: the one chosen, else the first of the browser's own that the app speaks, else English. */
export function chosen(wanted: readonly string[] = navigator.languages): Locale {
  if (pseudoWanted()) return pseudo;
  const kept = localStorage.getItem(name);
  if (isLanguage(kept)) return kept;
  return wanted.map((l) => l.slice(0, 2).toLowerCase()).find(isLanguage) ?? "en";
}

/** `?locale=xx` shows the pseudo-locale in this tab until `?locale=` takes it away. */
function pseudoWanted(): boolean {
  const asked = new URLSearchParams(location.search).get("locale");
  if (asked !== null) sessionStorage.setItem(name, asked);
  return sessionStorage.getItem(name) === pseudo;
}

/** Keeps what was chosen for this browser. */
export const keepLanguage = (language: Language): void => localStorage.setItem(name, language);

/** The locale of texts, dates and numbers; what formats by it is formatted anew when it changes. */
export const locale = ref<Locale>("en");

/** The tag to format dates and numbers by: of the browser's own the first of that language, so that a Briton's dates stay British. */
export function formatTag(language: string = locale.value, own: readonly string[] = navigator.languages): string {
  const spoken = language === pseudo ? "en" : language;
  return own.find((tag) => tag.toLowerCase().startsWith(spoken)) ?? spoken;
}

/** A formatter of the current locale, made once for each. */
export function formatter<T>(make: (tag: string) => T): () => T {
  const made = new Map<string, T>();
  return () => {
    const tag = formatTag();
    const known = made.get(tag) ?? make(tag);
    made.set(tag, known);
    return known;
  };
}
