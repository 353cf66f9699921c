import { createApp } from "vue";
import { i18n } from "@/i18n";
import CrashPage from "./CrashPage.vue";

/** Shows the page of a crash in the place of the app, whose own tree may be broken: it is put aside as it is. */
export function showCrash(reference: string): void {
  document.querySelectorAll<HTMLElement>("body > *").forEach((node) => {
    node.inert = true;
    node.hidden = true;
  });
  const place = document.createElement("div");
  document.body.append(place);
  createApp(CrashPage, { reference }).use(i18n).mount(place);
}
