import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { api } from "@/api/client";
import type { ConversationEvent, Note, NoteList } from "@/api/types";

/** Something of the account's own between the messages of a thread. */
export type Aside =
  | { kind: "note"; id: string; at: string; note: Note }
  | { kind: "event"; id: string; at: string; event: ConversationEvent };

/** What the account's people wrote and did in the open thread; the customer sees none of it. */
export const useNotes = defineStore("notes", () => {
  const id = ref("");
  const items = ref<Note[]>([]);
  const events = ref<ConversationEvent[]>([]);
  let turn = 0;

  const asides = computed<Aside[]>(() =>
    [
      ...items.value.map((note) => ({ kind: "note" as const, id: note.id, at: note.created_at, note })),
      ...events.value.map((event) => ({ kind: "event" as const, id: event.id, at: event.at, event })),
    ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)),
  );

  const pathOf = (conversation: string) => `/api/v1/ui/conversations/${encodeURIComponent(conversation)}/notes`;

  /** Shows another thread's; none, until they are here. */
  async function open(conversation: string): Promise<void> {
    close();
    id.value = conversation;
    await refresh();
  }

  /** Forgets them. */
  function close(): void {
    turn++;
    id.value = "";
    items.value = [];
    events.value = [];
  }

  /** Reads them again. It may fail quietly: the messages say what is wrong, and the next hint tries again. */
  async function refresh(): Promise<void> {
    if (!id.value) return;
    const mine = ++turn;
    try {
      const { data } = await api.get<NoteList>(pathOf(id.value));
      if (mine !== turn) return;
      items.value = data.items;
      events.value = data.events;
    } catch {
      return;
    }
  }

  /** Writes a note; the same client id again writes no second one. Throws what the server answered. */
  async function add(conversation: string, clientId: string, text: string): Promise<void> {
    const { data } = await api.post<Note>(pathOf(conversation), { client_id: clientId, text });
    if (id.value !== conversation) return;
    turn++; // what was asked before does not know it
    items.value = [...items.value.filter((n) => n.id !== data.id), data];
  }

  /** Removes a note for everybody. Throws what the server answered. */
  async function remove(note: Note): Promise<void> {
    await api.delete(`/api/v1/ui/notes/${note.id}`);
    turn++;
    items.value = items.value.filter((n) => n.id !== note.id);
  }

  return { id, asides, open, close, refresh, add, remove };
});
