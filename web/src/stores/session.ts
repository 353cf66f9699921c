import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { abortRequests, api, sessionEndpoint, useTokenSource } from "@/api/client";
import { failureOf } from "@/api/problem";
import type { Account, AccountMembership, NewSession, Page, StepUp, SupportVisit, User } from "@/api/types";
import { forgetVisit, keepVisit, keptVisit } from "./visit";

/** How a session was lost: by the person's own wish, here or in another tab; on a visit of support; without the server having heard of it. */
export interface Loss {
  left: boolean;
  visiting: boolean;
  untold: boolean;
}

const otherTab = 500; // milliseconds that the answer to another tab may need

/**
 * Who is signed in, and in which account. The token lives here and nowhere else: not in storage, not in a cookie that a script can
 * read. A reload gets a new one by the HttpOnly cookie.
 */
export const useSession = defineStore("session", () => {
  const token = ref<string | null>(null);
  const account = ref<Account | null>(null);
  const user = ref<User | null>(null);
  const role = ref<string | null>(null);
  const staffRole = ref<string | null>(null);
  const permissions = ref<string[]>([]);
  const stepUp = ref<StepUp | null>(null);
  /** The visit of support that this is; null for everybody who is here in their own right. */
  const support = ref<SupportVisit | null>(null);
  const accounts = ref<AccountMembership[]>([]);
  const signedIn = computed(() => token.value !== null);

  const tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("parlor-session");
  let onLost: (how: Loss) => void = () => undefined;
  let onVisitOver: () => void = () => undefined;
  let turn = 0; // of the newest request: only its answer counts, and none after the session was lost
  let leaving = false; // the stream may notice a sign-out before its answer is here
  let flight: { key: string; result: Promise<boolean> } | null = null;
  let entering: Promise<boolean> | null = null; // a sign-in by password, which ends the session whose cookie a renewal would send

  useTokenSource({
    token: () => token.value,
    renew: () => createSession(account.value?.account_id),
    lost: () => lose(),
  });
  tabs?.addEventListener("message", (event: MessageEvent<unknown>) => {
    if (event.data === "signed-out") lose(true);
  });

  /**
   * Makes or renews the session by the cookie, for one account or the one used last, and reports whether somebody is signed in. Calls
   * for the same account share one request. Throws when the server cannot be asked.
   */
  function createSession(accountId?: string): Promise<boolean> {
    if (leaving) return Promise.resolve(false); // whoever signs out wants no new session
    if (entering) return entering.then((entered) => entered || createSession(accountId));
    const key = accountId ?? "";
    if (flight?.key === key) return flight.result;
    const visit = keptVisit();
    const grant = visit && visit.account_id === accountId ? { support_grant_id: visit.grant_id } : {};
    const result = request(accountId ? { account_id: accountId, ...grant } : {}).finally(() => {
      if (flight?.result === result) flight = null;
    });
    flight = { key, result };
    return result;
  }

  async function request(body: object, authorization?: string, last = !signedIn.value): Promise<boolean> {
    // The signal is its own: switching the account aborts everything else, not the request that switches it.
    const signal = new AbortController().signal;
    const mine = ++turn;
    const headers = { "Content-Type": "application/json", ...(authorization && { Authorization: authorization }) };
    try {
      const answer = await api.post<NewSession>(sessionEndpoint, body, { headers, signal });
      if (mine === turn) open(answer.data);
      return signedIn.value;
    } catch (error) {
      // What is known of the session stays until somebody says that it is lost: only then the login page is shown.
      const { status } = failureOf(error);
      if (status === 404 && "support_grant_id" in body) {
        forgetVisit();
        const signedInStill = await request({});
        if (signedInStill) onVisitOver();
        return signedInStill;
      }
      if (status === 401 && !authorization) {
        if (last || leaving) return false;
        // Another tab may have signed in anew: its cookie takes the place of the one that was refused, once its answer is here.
        await new Promise((done) => setTimeout(done, otherTab));
        return request(body, undefined, true);
      }
      throw error;
    }
  }

  /** Signs in by user name and password. Throws what the server answered. */
  async function signInWithPassword(username: string, password: string, accountId?: string): Promise<void> {
    const bytes = new TextEncoder().encode(`${username}:${password}`);
    const signIn = request(accountId ? { account_id: accountId } : {}, `Basic ${btoa(String.fromCharCode(...bytes))}`);
    const outcome = signIn
      .catch(() => false)
      .finally(() => {
        if (entering === outcome) entering = null;
      });
    entering = outcome;
    await signIn;
  }

  function open(session: NewSession): void {
    if (account.value && session.account?.account_id !== account.value.account_id) abortRequests();
    if (user.value && user.value.id !== session.user.id) {
      abortRequests();
      accounts.value = []; // they are the other person's
    }
    token.value = session.token;
    account.value = session.account;
    user.value = session.user;
    role.value = session.role;
    staffRole.value = session.staff_role;
    permissions.value = session.permissions;
    stepUp.value = session.step_up;
    support.value = session.support;
    if (session.support && session.account)
      keepVisit({
        account_id: session.account.account_id,
        username: session.account.username,
        grant_id: session.support.grant_id,
      });
  }

  /** Whether the token may do this. The server decides; this only hides what it would refuse. */
  const may = (permission: string) => permissions.value.includes(permission);

  /** Opens another account; staff without a membership say why, and for how many minutes. Throws what the server answered. */
  async function switchTo(accountId: string, visit?: { reason: string; minutes: number }): Promise<void> {
    const mine = ++turn;
    const { data } = await api.post<NewSession>(
      `${sessionEndpoint}/switch`,
      { account_id: accountId, ...visit },
      { signal: new AbortController().signal },
    );
    if (mine === turn) open(data);
  }

  /**
   * Ends the visit of support and goes back to being staff, or to the login page when that is not possible any more. Throws what the
   * server answered when the visit goes on.
   */
  async function endVisit(): Promise<void> {
    await api.delete(`${sessionEndpoint}/support`).catch((error: unknown) => {
      if (![403, 404].includes(failureOf(error).status)) throw error; // else it was over already
    });
    forgetVisit();
    await renewOrLose();
  }

  /** Asks whether the visit goes on, at its end. Whoever cannot be told is led out: a visit must not outlast its time on a screen. */
  const checkVisit = () => renewOrLose(account.value?.account_id);

  async function renewOrLose(accountId?: string): Promise<void> {
    if (!(await createSession(accountId).catch(() => false))) lose();
  }

  /** Signs in with a link that the operator made on the server. */
  async function breakGlass(secret: string): Promise<void> {
    const { data } = await api.post<NewSession>(`${sessionEndpoint}/break-glass`, { token: secret });
    turn++;
    open(data);
  }

  function clear(): void {
    token.value = account.value = user.value = role.value = staffRole.value = support.value = null;
    accounts.value = [];
    permissions.value = [];
    stepUp.value = null;
    forgetVisit();
  }

  /** Shows the login page: the session is over. `left` says that the person ended it, here or in another tab. */
  function lose(left = false, untold = false): void {
    const how = { left: left || leaving, visiting: support.value !== null, untold };
    leaving = false;
    if (!signedIn.value) return;
    turn++;
    abortRequests();
    clear();
    onLost(how);
  }

  /**
   * Ends the session on the server, here and in every tab. A server that cannot be reached does not keep anybody in; but its cookie
   * still does, which the login page then says. Never throws.
   */
  async function signOut(): Promise<void> {
    leaving = true;
    let untold = false;
    try {
      await api.delete(sessionEndpoint, { signal: new AbortController().signal });
    } catch (error) {
      untold = failureOf(error).status !== 401; // that one was over already
    }
    tabs?.postMessage("signed-out");
    lose(true, untold);
  }

  /** Loads the accounts that this person may open, with how much is unread in each when that is wanted. */
  async function loadAccounts(unread = false): Promise<void> {
    const answer = await api.get<Page<AccountMembership>>("/api/v1/ui/accounts", { params: unread ? { unread } : {} });
    accounts.value = answer.data.items;
  }

  /** Says what to do when the session is over. */
  function whenLost(action: (how: Loss) => void): void {
    onLost = action;
  }

  /** Says what to do when a visit of support is over before the visitor ended it. */
  function whenVisitOver(action: () => void): void {
    onVisitOver = action;
  }

  return {
    may,
    permissions,
    stepUp,
    switchTo,
    endVisit,
    checkVisit,
    breakGlass,
    whenVisitOver,
    token,
    account,
    user,
    role,
    staffRole,
    support,
    accounts,
    signedIn,
    createSession,
    signInWithPassword,
    signOut,
    loadAccounts,
    lose,
    whenLost,
  };
});
