import { AxiosError, AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from "axios";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { api } from "@/api/client";
import { useSession } from "./session";

type Answer = { status: number; data?: unknown };
const session = (token: string, account = "a1") => ({
  token,
  account_id: account,
  expires_in: 86_400,
  account: { account_id: account, username: "shop", name: "Shop", profile_picture_url: null, status: "active" },
  user: { id: "u1", name: "Mika", provider: "instagram" },
  role: "owner",
  staff_role: null,
  support: null,
  permissions: ["conversations:read"],
  auth_time: "2026-11-23T10:00:00Z",
  step_up: null,
});

/** Stands where the network is: what is sent is kept, what is answered is decided by the test. */
function network(answer: (request: InternalAxiosRequestConfig) => Answer | Promise<Answer>) {
  const sent: InternalAxiosRequestConfig[] = [];
  api.defaults.adapter = async (config) => {
    sent.push(config);
    const { status, data } = await answer(config);
    const response = { status, data, statusText: "", headers: {}, config } as AxiosResponse;
    if (status >= 400)
      throw new AxiosError("refused", "ERR", { ...config, headers: new AxiosHeaders(config.headers) }, null, response);
    return response;
  };
  return sent;
}
const isSession = (c: InternalAxiosRequestConfig) => c.method === "post";
const bearer = (c: InternalAxiosRequestConfig | undefined) => c?.headers.get("Authorization");

describe("session", () => {
  beforeEach(() => {
    setActivePinia(createPinia());
    localStorage.clear();
    sessionStorage.clear();
  });

  it("asks once, however many ask at the same time", async () => {
    const sent = network(() => ({ status: 200, data: session("t1") }));
    const store = useSession();
    expect(await Promise.all([store.createSession(), store.createSession(), store.createSession()])).toEqual([
      true,
      true,
      true,
    ]);
    expect(sent).toHaveLength(1);
    expect(store.account?.username).toBe("shop");
  });

  it("keeps the token in memory alone", async () => {
    network(() => ({ status: 200, data: session("secret-token") }));
    await useSession().createSession();
    const kept = JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]);
    expect(kept).not.toContain("secret-token");
  });

  it("renews silently after a 401 and asks again, once", async () => {
    let tokens = 0;
    const sent = network((c) => {
      if (isSession(c)) return { status: 200, data: session(`t${++tokens}`) };
      return bearer(c) === "Bearer t2" ? { status: 200, data: "fine" } : { status: 401 };
    });
    const store = useSession();
    await store.createSession();
    expect((await api.get("/api/v1/ui/conversations")).data).toBe("fine");
    expect(sent.map((c) => `${c.method} ${bearer(c) ?? "-"}`)).toEqual([
      "post -",
      "get Bearer t1",
      "post -",
      "get Bearer t2",
    ]);
    expect(JSON.parse(String(sent[2]?.data))).toEqual({ account_id: "a1" });
  });

  it("shows the login page when renewing is no use, and does not ask for ever", async () => {
    let alive = true;
    const sent = network((c) => (isSession(c) && alive ? { status: 200, data: session("t1") } : { status: 401 }));
    const store = useSession();
    const lost = vi.fn();
    store.whenLost(lost);
    await store.createSession();
    alive = false;
    await expect(api.get("/api/v1/ui/conversations")).rejects.toThrow();
    expect(store.signedIn).toBe(false);
    expect(sent).toHaveLength(4); // the cookie of another tab's sign-in may have been on its way
  });

  it("keeps the person when another tab signs in anew while this one renews", async () => {
    let renewals = 0;
    network((c) => {
      if (!isSession(c)) return bearer(c) === "Bearer t1" ? { status: 401 } : { status: 200, data: "fine" };
      renewals++;
      return renewals === 2 ? { status: 401 } : { status: 200, data: session(renewals === 1 ? "t1" : "t2") };
    });
    const store = useSession();
    const lost = vi.fn();
    store.whenLost(lost);
    await store.createSession();
    await expect(api.get("/api/v1/ui/conversations")).resolves.toMatchObject({ data: "fine" });
    expect(lost).not.toHaveBeenCalled();
  });

  it("gives up on a request that is refused with a fresh token too", async () => {
    const sent = network((c) => (isSession(c) ? { status: 200, data: session("t") } : { status: 401 }));
    const store = useSession();
    const lost = vi.fn();
    store.whenLost(lost);
    await store.createSession();
    await expect(api.get("/api/v1/ui/conversations")).rejects.toThrow();
    expect(sent).toHaveLength(4);
    expect(lost).toHaveBeenCalledOnce();
  });

  it("sends a password as UTF-8, never beside an old token", async () => {
    const sent = network(() => ({ status: 200, data: session("t1") }));
    await useSession().signInWithPassword("mika", "päss🔑");
    const [scheme, text] = String(bearer(sent[0])).split(" ");
    expect(scheme).toBe("Basic");
    expect(new TextDecoder().decode(Uint8Array.from(atob(text ?? ""), (c) => c.charCodeAt(0)))).toBe("mika:päss🔑");
  });

  it("reports a wrong password and stays signed out", async () => {
    network(() => ({ status: 401, data: { code: "invalid_credentials" } }));
    const store = useSession();
    await expect(store.signInWithPassword("mika", "no")).rejects.toThrow();
    expect(store.signedIn).toBe(false);
  });

  it("takes a sign-in by password for the renewal that its end of the old session asks for", async () => {
    const store = useSession();
    const sent = network(async (c) => {
      if (!bearer(c)) return { status: 200, data: session("t1") };
      void store.createSession("a1").then((renewed) => (shared = renewed)); // the stream of the old session has ended
      await Promise.resolve();
      return { status: 200, data: session("t2") };
    });
    let shared: boolean | undefined;
    await store.createSession();
    await store.signInWithPassword("mika", "right", "a1");
    await vi.waitFor(() => expect(shared).toBe(true));
    expect(sent.length).toBe(2); // nothing was sent with the cookie of the session that was ending
  });

  it("renews by the cookie when the password was wrong", async () => {
    const store = useSession();
    network((c) => (bearer(c) ? { status: 401 } : { status: 200, data: session("t1") }));
    const wrong = store.signInWithPassword("mika", "no");
    const renewed = store.createSession();
    await expect(wrong).rejects.toThrow();
    expect(await renewed).toBe(true);
  });

  it("leaves to a plain login page, also when the event stream notices first", async () => {
    let ended = false;
    const store = useSession();
    const sent = network(async (c) => {
      if (c.method === "delete") {
        ended = true;
        if (!(await store.createSession("a1"))) store.lose();
        return { status: 204 };
      }
      return ended ? { status: 401 } : { status: 200, data: session("t1") };
    });
    const lost = vi.fn();
    store.whenLost(lost);
    await store.createSession();
    await store.signOut();
    expect(lost).toHaveBeenCalledExactlyOnceWith({ left: true, visiting: false, untold: false });
    expect(sent.map((c) => c.method)).toEqual(["post", "delete"]); // nobody asked for a session that is being ended
  });

  it("does not come back by an answer that was on its way when the session was lost", async () => {
    let answer: () => void = () => undefined;
    let asked = 0;
    network(async () => {
      if (asked++ > 0) await new Promise<void>((done) => (answer = done));
      return { status: 200, data: session("t1") };
    });
    const store = useSession();
    await store.createSession();
    const late = store.createSession("a1");
    await vi.waitFor(() => expect(asked).toBe(2));
    store.lose();
    answer();
    expect(await late).toBe(false);
    expect(store.signedIn).toBe(false);
  });

  it("shows the account that was asked for last, whichever answer comes last", async () => {
    const answers: (() => void)[] = [];
    network(async (c) => {
      await new Promise<void>((done) => answers.push(done));
      return { status: 200, data: session("t", (JSON.parse(String(c.data)) as { account_id: string }).account_id) };
    });
    const store = useSession();
    const both = Promise.all([store.createSession("a1"), store.createSession("a2")]);
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    answers[1]?.();
    await vi.waitFor(() => expect(store.account?.account_id).toBe("a2"));
    answers[0]?.();
    await both;
    expect(store.account?.account_id).toBe("a2");
  });

  it("signs out even when the server cannot be reached", async () => {
    network((c) => (isSession(c) ? { status: 200, data: session("t1") } : { status: 503 }));
    const store = useSession();
    const lost = vi.fn();
    store.whenLost(lost);
    await store.createSession();
    await store.signOut();
    expect(store.signedIn).toBe(false);
    expect(lost).toHaveBeenCalledExactlyOnceWith({ left: true, visiting: false, untold: true });
  });

  it("keeps nothing of the person before when somebody else signs in over it", async () => {
    network((c) => {
      if (isSession(c) && c.url?.endsWith("break-glass"))
        return { status: 200, data: { ...session("t2"), user: { id: "u2", name: "Operator", provider: "bootstrap" } } };
      return { status: 200, data: isSession(c) ? session("t1") : { items: [{ account_id: "a1" }], next_cursor: null } };
    });
    const store = useSession();
    await store.createSession();
    await store.loadAccounts();
    expect(store.accounts).toHaveLength(1);
    await store.breakGlass("secret");
    expect([store.user?.id, store.accounts]).toEqual(["u2", []]);
  });
});
