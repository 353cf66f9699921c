import { computed } from "vue";
import { useRoute, type RouteLocationRaw } from "vue-router";
import { queryOf, readShow, type Show } from "./show";

/** What the address of the inbox shows, and the addresses of what else it can show. */
export function useShow() {
  const route = useRoute();
  const show = computed(() => readShow(route.query));

  /** The address of a conversation, or of none with "", beside the list as it is or another one; with a message, of its place in the thread. */
  const to = (conversation: string, other: Show = show.value, message = ""): RouteLocationRaw => ({
    name: "inbox",
    params: { username: route.params.username, conversation },
    query: { ...queryOf(other), ...(message && { message }) },
  });

  return { show, to };
}
