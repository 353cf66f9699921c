import { computed } from "vue";
import { useSession } from "@/stores/session";
import { useCounts } from "./counts";
import { views, type View } from "./show";
import { viewIcons } from "./viewIcons";

/** The views that this person has, each with its picture and its count. */
export function useViews() {
  const session = useSession();
  const counts = useCounts();
  return computed(() =>
    views
      .filter((v) => v !== "mine" || !session.support)
      .map((name: View) => ({
        name,
        icon: viewIcons[name],
        // What is done is history: its number asks for nothing.
        count: name === "closed" || name === "starred" ? "" : counts.textOf(name),
      })),
  );
}
