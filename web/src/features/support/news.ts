import { defineStore } from "pinia";
import { ref } from "vue";

/** What was heard on any page: that a visit of support began or ended. */
export const useNews = defineStore("news", () => {
  const support = ref(0);
  return { support, hearSupport: () => void support.value++ };
});
