import { api } from "@/api/client";
import type { Provider } from "@/api/types";

/** The ways to sign in that are switched on, in the server's order; kinds that this page cannot draw are left out. */
export async function loadProviders(): Promise<Provider[]> {
  const answer = await api.get<{ providers: Provider[] }>("/auth/providers");
  return answer.data.providers.filter((p) => p.kind === "password" || (p.kind === "redirect" && p.login_url !== ""));
}

/** The address that begins a sign-in by redirect. */
export function beginAt(provider: Provider, returnTo: string): string {
  return returnTo === "/" ? provider.login_url : `${provider.login_url}?return_to=${encodeURIComponent(returnTo)}`;
}
