import { nextTick, onMounted, watch, type Ref } from "vue";

/** Makes a text area as high as its text; its style sheet bounds it. */
export function useGrowing(field: Ref<HTMLTextAreaElement | null>, text: Ref<string>): void {
  function fit(): void {
    const el = field.value;
    if (!el) return;
    el.style.height = "auto";
    el.style.height = `${el.scrollHeight}px`;
  }
  onMounted(fit);
  watch(text, () => nextTick(fit));
}
