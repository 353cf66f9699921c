import axios, { type AxiosError, type InternalAxiosRequestConfig } from "axios";

/** Makes, shows and ends the session. */
export const sessionEndpoint = "/api/v1/ui/session";

/** What the client needs from the session; the session store has it. */
export interface TokenSource {
  /** The token in memory, or null. */
  token(): string | null;
  /** Gets a new token by the cookie; false when that is not possible any more. */
  renew(): Promise<boolean>;
  /** The session is over: show the login page. */
  lost(): void;
}

let source: TokenSource | null = null;
let flight = new AbortController();

/** Connects the client with the session store; called once. */
export function useTokenSource(from: TokenSource): void {
  source = from;
}

/** Ends every request that is under way, before another account is shown. */
export function abortRequests(): void {
  flight.abort();
  flight = new AbortController();
}

/** Lets the person sign in once more; false when that is not wanted, or leads away from the page. */
type StepUp = () => Promise<boolean>;
let stepUp: StepUp = () => Promise.resolve(false);

/** Says what to do when something needs a fresh sign-in; called once. */
export function useStepUpBy(how: StepUp): void {
  stepUp = how;
}

/** The one way to the API. It carries the token, renews it once on a 401, and is the only place that knows of either. */
export const api = axios.create({ timeout: 20_000, headers: { Accept: "application/json" } });

type Request = InternalAxiosRequestConfig & { renewed?: boolean; stepped?: boolean };

api.interceptors.request.use((request: Request) => {
  request.signal ??= flight.signal;
  const token = source?.token();
  // The session is made by the cookie or a password; an old token beside them would be a second credential.
  const signsIn = request.method === "post" && request.url === sessionEndpoint;
  if (token && !signsIn) request.headers.set("Authorization", `Bearer ${token}`);
  return request;
});

api.interceptors.response.use(undefined, async (error: AxiosError) => {
  const request = error.config as Request | undefined;
  await readProblem(error);
  if (request && !request.stepped && codeOf(error) === "step_up_required" && (await stepUp())) {
    request.stepped = true;
    request.headers.delete("Authorization");
    return api.request(request);
  }
  const ours = request && source && request.url !== sessionEndpoint;
  if (error.response?.status !== 401 || !ours) throw error;
  if (!request.renewed && (await source?.renew())) {
    request.renewed = true;
    request.headers.delete("Authorization");
    return api.request(request);
  }
  source?.lost();
  throw error;
});

/** A refused download comes as a file, too: makes it the problem document that it is. */
async function readProblem({ response }: AxiosError): Promise<void> {
  if (!(response?.data instanceof Blob)) return;
  try {
    response.data = JSON.parse(await response.data.text()) as unknown;
  } catch {
    response.data = undefined; // not ours: a proxy's page
  }
}

const codeOf = (error: AxiosError) => (error.response?.data as { code?: unknown } | undefined)?.code;
