import { AsyncLocalStorage } from "node:async_hooks";
import { channel } from "node:diagnostics_channel";
import { SpanKind } from "@opentelemetry/api";
import { asSpan, isWithinSpan } from "../tracing.ts";
import type { Query } from "./pool.ts";

/** A statement that was answered or has failed: as it was asked, without its values. */
export interface Watched {
  readonly text: string;
  readonly ms: number;
  /** The request for which it was asked, where it was for one. */
  readonly request: string | undefined;
}

/** Where statements are told of (node:diagnostics_channel). Nothing is measured while nobody listens. */
export const statements = channel("trellis:statement");

const requests = new AsyncLocalStorage<string>();

/** Does the work of a request, so that its statements are told as its own. */
export const forRequest = <Result>(id: string, work: () => Result): Result => requests.run(id, work);

/** Runs a statement: a span below the one at hand, and told to those who listen. */
export function watched<Result>(asked: string | Query, work: () => Promise<Result>): Promise<Result> {
  const { hasSubscribers } = statements;
  if (!hasSubscribers && !isWithinSpan()) return work();
  const text = typeof asked === "string" ? asked : asked.text;
  const begun = performance.now();
  const answer = isWithinSpan() ? asSpan(verbOf(text), spanOf(text), work) : work();
  if (hasSubscribers) {
    const tell = () =>
      statements.publish({ text, ms: performance.now() - begun, request: requests.getStore() } satisfies Watched);
    answer.then(tell, tell);
  }
  return answer;
}

const verbOf = (text: string) => /\w+/.exec(text)?.[0].toUpperCase() ?? "statement";

/** By the names that OpenTelemetry has for calls to databases. */
const spanOf = (text: string) => ({
  kind: SpanKind.CLIENT,
  attributes: { "db.system.name": "postgresql", "db.query.text": text },
});
