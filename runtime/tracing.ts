import {
  createNoopMeter,
  metrics,
  ProxyTracerProvider,
  SpanStatusCode,
  trace,
  type Span,
  type SpanOptions,
} from "@opentelemetry/api";
import type { MiddlewareHandler } from "hono";
import type { App } from "./app.ts";

const nobody = new ProxyTracerProvider().getDelegate();

/** Whether somebody takes spans down: an SDK that was loaded with the process, or later. */
function traced(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== nobody;
}

/** Whether somebody takes down what OpenTelemetry is told. */
const listened = () => traced() || metrics.getMeter("trellis") !== createNoopMeter();

/** Makes each request a span of the trace that it came with, where spans are taken down. */
export function tracing(): MiddlewareHandler<App> {
  let opened: Promise<MiddlewareHandler> | undefined;
  const spans = () =>
    (opened ??= import("@hono/otel").then((otel) => otel.httpInstrumentationMiddleware({ serviceName: "trellis" })));
  return async (c, next) => (listened() ? (await spans())(c, next) : next());
}

/** Whether what is done now belongs to a span. Without an SDK it never does. */
export const isWithinSpan = (): boolean => trace.getActiveSpan() !== undefined;

/** Does a part of what a span at hand is about, as a span of its own. */
export function asPart<Result>(name: string, work: () => Result): Result {
  return isWithinSpan() ? inSpan(name, {}, work) : work();
}

/** Does work as a span, below the one at hand or as the first of a trace, where spans are taken down. */
export function asSpan<Result>(name: string, options: SpanOptions, work: () => Result): Result {
  return traced() ? inSpan(name, options, work) : work();
}

/** The span ends with the work. Of a failure it is told that it was one: what an error says may hold values. */
function inSpan<Result>(name: string, options: SpanOptions, work: () => Result): Result {
  return trace.getTracer("trellis").startActiveSpan(name, options, (span) => {
    try {
      const result = work();
      if (result instanceof Promise)
        result.then(
          () => span.end(),
          () => fail(span),
        );
      else span.end();
      return result;
    } catch (error) {
      fail(span);
      throw error;
    }
  });
}

function fail(span: Span): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
