import { usePerson } from "@/features/person/person";
import { useColleagues } from "@/features/triage/colleagues";
import { useCounts } from "@/features/triage/counts";
import { useLabels } from "@/features/triage/labels";
import { useTriage } from "@/features/triage/triage";
import { useUndo } from "@/features/triage/undo";
import { useSession } from "@/stores/session";

/** What the inbox needs beside the conversations: it is read together, and forgotten together before another account is shown. */
export function useTools() {
  const session = useSession();
  const counts = useCounts();
  const labels = useLabels();
  const colleagues = useColleagues();
  const triage = useTriage();
  const undo = useUndo();
  const person = usePerson();

  function load(): void {
    counts.load();
    void labels.load();
    loadColleagues();
  }

  /** A visitor of support has no business with who works here. */
  function loadColleagues(): void {
    if (session.may("members:read")) void colleagues.load();
  }

  function reset(): void {
    counts.reset();
    labels.reset();
    colleagues.reset();
    triage.pick(false);
    triage.asking = null;
    undo.dismiss();
    person.over = false;
  }

  return { load, reset, loadLabels: () => void labels.load(), loadColleagues };
}
