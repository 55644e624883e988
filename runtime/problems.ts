import { fault, Problem, type Fault } from "engine";
import type { ErrorHandler } from "hono";
import type { App } from "./app.ts";
import { isAway } from "./database/away.ts";
import { sqlState } from "./database/begin.ts";

/** Problem details (RFC 9457) of everything that was wrong with a request. */
export function problemDetails(faults: readonly [Fault, ...Fault[]]) {
  const [{ code, status, detail }] = faults;
  return {
    type: `urn:trellis:problem:${code}`,
    title: titleOf(code),
    status,
    code,
    detail,
    problems: faults.map(({ code, path, detail, hint, alike }) => ({
      code,
      path,
      detail,
      ...(hint === undefined ? {} : { hint }),
      ...(alike === undefined ? {} : { alike }),
    })),
  };
}

/** The one door out for whatever a route throws. */
export const problems: ErrorHandler<App> = (error, c) => {
  const known = error instanceof Problem ? error : asProblem(error);
  if (known) {
    const details = problemDetails(known.faults);
    const seconds = details.code === "record.guessed" ? "3600" : "1";
    const wait = details.status === 503 || details.status === 429 ? { "retry-after": seconds } : {};
    return c.body(JSON.stringify(details), details.status, { "content-type": "application/problem+json", ...wait });
  }
  c.var.services.log("error", "request failed", { request: c.var.requestId, path: c.req.path, error });
  const details = {
    type: "urn:trellis:problem:internal",
    title: "Internal",
    status: 500,
    code: "internal",
    detail: `The fault is ours and it is noted under ${c.var.requestId}.`,
    problems: [],
  };
  return c.body(JSON.stringify(details), 500, { "content-type": "application/problem+json" });
};

/** SQLSTATE and socket errors that say something which the caller can act on. */
function asProblem(error: unknown): Problem | undefined {
  if (isAway(error)) return new Problem([fault("database.away", {})]);
  const state = sqlState(error);
  if (state !== undefined && state in spoken) return new Problem([fault(spoken[state as keyof typeof spoken], {})]);
  return undefined;
}

const spoken = {
  "57014": "request.too_slow",
  "55P03": "request.busy",
  "40001": "request.busy",
  "40P01": "request.busy",
  "53100": "database.full",
} as const;

function titleOf(code: string): string {
  const words = code.replaceAll(/[._]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
