import { ref } from "vue";

/** What a person chose; "system" follows the device. */
export type Theme = "light" | "dark" | "system";

const stored = localStorage.getItem("theme");
const theme = ref<Theme>(stored === "light" || stored === "dark" ? stored : "system");
const system = matchMedia("(prefers-color-scheme: dark)");

function apply(): void {
  const dark = theme.value === "dark" || (theme.value === "system" && system.matches);
  document.documentElement.classList.toggle("dark", dark);
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", dark ? "#121218" : "#f5f5f8");
}
system.addEventListener("change", apply);

/** The appearance of the app; theme.js applies the same choice before the first paint. */
export function useTheme() {
  function choose(next: Theme): void {
    theme.value = next;
    if (next === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", next);
    apply();
  }
  return { theme, choose };
}
