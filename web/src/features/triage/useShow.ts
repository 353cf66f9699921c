import { computed } from "vue";
import { useRoute, type RouteLocationRaw } from "vue-router";
import { queryOf, readShow, type Show } from "./show";

/** What the address of the inbox shows, and the addresses of what else it can show. */
export function useShow() {
  const route = useRoute();
  const show = computed(() => readShow(route.query));

  /** The address of a conversation, or of none with "", beside the list as it is or another one. */
  const to = (conversation: string, other: Show = show.value): RouteLocationRaw => ({
    name: "inbox",
    params: { username: route.params.username, conversation },
    query: queryOf(other),
  });

  return { show, to };
}
