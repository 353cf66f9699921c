import { watch } from "vue";
import { useRouter } from "vue-router";
import { useSession } from "@/stores/session";
import { wisher } from "./wish";

/** Loads what keeps this device told, if its person wanted that. */
export function useKeptPush(): void {
  const router = useRouter();
  const session = useSession();
  watch(
    () => session.account?.account_id,
    (account) => {
      const user = session.user?.id ?? "";
      if (!account || !user || wisher() !== user || !session.may("notices:receive")) return;
      const here = { account, username: session.account?.username ?? "", user };
      void import("./keep").then(({ keepPush }) => keepPush(router, here)).catch(() => undefined);
    },
    { immediate: true },
  );
}
