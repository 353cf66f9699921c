import { isCancel } from "axios";
import { defineStore } from "pinia";
import { ref } from "vue";
import { api } from "@/api/client";
import { failureOf } from "@/api/problem";
import type { Upload } from "@/api/types";
import { judgeFile } from "./fileRules";
import type { OutgoingFile } from "./outgoing";

/** A picked file: refused before anything was uploaded, on its way, ready to be sent, or failed. */
export interface Attached {
  file: File;
  kind: string;
  preview: string | null;
  phase: "refused" | "uploading" | "ready" | "failed";
  progress: number;
  uploadId: string;
  fault: string;
  limit: number;
}

const patience = 10 * 60_000;

/** The file that is picked in each conversation; it is uploaded at once and sent with the next reply. */
export const useAttached = defineStore("attached", () => {
  const byConversation = ref(new Map<string, Attached>());
  const cuts = new Map<string, AbortController>();

  function pick(conversation: string, file: File): void {
    remove(conversation);
    const verdict = judgeFile(file);
    const base = { file, kind: "file", preview: null, progress: 0, uploadId: "", fault: "", limit: 0 };
    if ("refusal" in verdict) {
      const { refusal, limit } = verdict;
      byConversation.value.set(conversation, { ...base, phase: "refused", fault: refusal, limit });
      return;
    }
    const { kind } = verdict;
    const preview = kind === "image" || kind === "video" ? URL.createObjectURL(file) : null;
    byConversation.value.set(conversation, { ...base, kind, preview, phase: "uploading" });
    void upload(conversation);
  }

  /** Uploads the picked file, once more when it failed. */
  async function upload(conversation: string): Promise<void> {
    const attached = byConversation.value.get(conversation);
    if (!attached) return;
    Object.assign(attached, { phase: "uploading", progress: 0, fault: "" });
    const cut = new AbortController();
    cuts.set(conversation, cut);
    try {
      const { data } = await api.post<Upload>("/api/v1/ui/uploads", attached.file, {
        headers: { "Content-Type": attached.file.type },
        signal: cut.signal,
        timeout: patience,
        onUploadProgress: ({ progress }) => (attached.progress = progress ?? 0),
      });
      Object.assign(attached, { phase: "ready", uploadId: data.id, kind: data.kind });
    } catch (error) {
      if (!isCancel(error)) Object.assign(attached, { phase: "failed", fault: failureOf(error).code });
    } finally {
      if (cuts.get(conversation) === cut) cuts.delete(conversation);
    }
  }

  /** Ends the upload and forgets the file. */
  function remove(conversation: string): void {
    cuts.get(conversation)?.abort();
    const preview = byConversation.value.get(conversation)?.preview;
    if (preview) URL.revokeObjectURL(preview);
    byConversation.value.delete(conversation);
  }

  /** Hands the uploaded file over to be sent; its preview goes with it. */
  function take(conversation: string): OutgoingFile | null {
    const attached = byConversation.value.get(conversation);
    if (attached?.phase !== "ready") return null;
    byConversation.value.delete(conversation);
    const { uploadId, kind, preview, file } = attached;
    return { uploadId, kind, name: file.name, preview };
  }

  /** Forgets everything, before another account is shown. */
  function reset(): void {
    [...byConversation.value.keys()].forEach(remove);
  }

  return { byConversation, pick, upload, remove, take, reset };
});
