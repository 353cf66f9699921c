import { defineStore } from "pinia";
import { ref } from "vue";

/** Whether the search is open. */
export const useSearchPanel = defineStore("search panel", () => {
  const open = ref(false);
  return { open };
});
