import { defineStore } from "pinia";
import { ref } from "vue";
import { api } from "@/api/client";
import type { Receipt } from "@/api/types";

/** An erasure may touch many rows. */
const patience = 120_000;

/** Removes a customer with everything that was said. */
export async function eraseCustomer(participantId: string): Promise<Receipt> {
  const path = `/api/v1/ui/participants/${encodeURIComponent(participantId)}`;
  return (await api.delete<Receipt>(path, { timeout: patience })).data;
}

/** Removes the whole account. The session ends with it. */
export async function eraseAccount(confirm: string): Promise<Receipt> {
  return (await api.delete<Receipt>("/api/v1/ui/account", { data: { confirm }, timeout: patience })).data;
}

/** What a receipt lists: the tables from which something was removed, most first. */
export function removedRows(receipt: Receipt): { table: string; count: number }[] {
  return Object.entries(receipt.removed)
    .map(([table, count]) => ({ table: table.replace(/^.*\./, ""), count }))
    .filter((row) => row.count > 0)
    .sort((a, b) => b.count - a.count || (a.table < b.table ? -1 : 1));
}

/** The receipt of the account that was just deleted, for the page that shows it. */
export const useLastReceipt = defineStore("last-receipt", () => ({
  receipt: ref<Receipt | null>(null),
  username: ref(""),
}));
