import { api } from "@/api/client";
import type { PushState, PushSubscriptionBody } from "@/api/types";
import { readChoices } from "@/features/notices/choices";
import { i18n, loadTexts } from "@/i18n";
import { forgetDevice, subscribeDevice } from "./device";
import { keepWisher } from "./wish";
import { forgetWords, keepWords } from "./words";

const endpoint = "/api/v1/ui/notifications/push";

/** The account that is open, and who has it open. */
export interface Here {
  account: string;
  username: string;
  user: string;
}

/** What the server knows of this session's push. Throws what it answered. */
export const pushState = async (): Promise<PushState> => (await api.get<PushState>(endpoint)).data;

/** Has this device told of the account's news. Throws what the browser or the server says. */
export async function turnOn(publicKey: string, here: Here): Promise<void> {
  const { endpoint: address = "", keys = {} } = (await subscribeDevice(publicKey)).toJSON();
  const { quiet, from, to } = readChoices();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const body: PushSubscriptionBody = {
    endpoint: address,
    keys: { p256dh: keys.p256dh ?? "", auth: keys.auth ?? "" },
    ...(quiet && { quiet: { from, to, zone } }),
  };
  await api.put(endpoint, body);
  await loadTexts("inbox");
  const { t } = i18n.global;
  await keepWords(here.account, {
    account: here.username,
    title: t("notice.account", { account: here.username }),
    one: t("notice.body"),
    many: t("notice.bodies", { n: "{n}" }),
  });
  keepWisher(here.user);
}

/** Has it told no more, of any account. Throws what the server answered. */
export async function turnOff(): Promise<void> {
  await api.delete(endpoint);
  keepWisher("");
  await forgetDevice();
  await forgetWords();
}
