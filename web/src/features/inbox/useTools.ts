import { useColleagues } from "@/features/triage/colleagues";
import { useCounts } from "@/features/triage/counts";
import { useLabels } from "@/features/triage/labels";
import { useTriage } from "@/features/triage/triage";
import { useUndo } from "@/features/triage/undo";

/** What the inbox needs beside the conversations: it is read together, and forgotten together before another account is shown. */
export function useTools() {
  const counts = useCounts();
  const labels = useLabels();
  const colleagues = useColleagues();
  const triage = useTriage();
  const undo = useUndo();

  function load(): void {
    counts.load();
    void labels.load();
    void colleagues.load();
  }

  function reset(): void {
    counts.reset();
    labels.reset();
    colleagues.reset();
    triage.pick(false);
    triage.asking = null;
    undo.dismiss();
  }

  return { load, reset, loadLabels: () => void labels.load(), loadColleagues: () => void colleagues.load() };
}
