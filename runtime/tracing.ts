import { createNoopMeter, metrics, ProxyTracerProvider, trace } from "@opentelemetry/api";
import type { MiddlewareHandler } from "hono";
import type { App } from "./app.ts";

const nobody = new ProxyTracerProvider().getDelegate();

/** Whether somebody takes down what OpenTelemetry is told: an SDK that was loaded with the process, or later. */
function listened(): boolean {
  const provider = trace.getTracerProvider();
  const traced = !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== nobody;
  return traced || metrics.getMeter("trellis") !== createNoopMeter();
}

/** Makes each request a span of the trace that it came with, where spans are taken down. */
export function tracing(): MiddlewareHandler<App> {
  let opened: Promise<MiddlewareHandler> | undefined;
  const spans = () =>
    (opened ??= import("@hono/otel").then((otel) => otel.httpInstrumentationMiddleware({ serviceName: "trellis" })));
  return async (c, next) => (listened() ? (await spans())(c, next) : next());
}
