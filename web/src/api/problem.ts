import { isAxiosError } from "axios";
import type { Problem } from "./types";

/** What a failed request tells a person: a code that i18n has a text for, and the reference for whoever looks into it. */
export interface Failure {
  code: string;
  status: number;
  requestId: string;
}

/** Reads a problem document out of whatever a request threw. No answer at all is "network". */
export function failureOf(error: unknown): Failure {
  if (!isAxiosError(error) || !error.response) return { code: "network", status: 0, requestId: "" };
  const problem = error.response.data as Partial<Problem> | undefined;
  return {
    code: typeof problem?.code === "string" ? problem.code : "unknown",
    status: error.response.status,
    requestId: typeof problem?.request_id === "string" ? problem.request_id : "",
  };
}
