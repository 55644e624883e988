import { statements, type Watched } from "./database/watched.ts";
import type { Log } from "./log.ts";

/** Which requests the log tells of: none, those that took long or failed by a fault of ours, or all. */
export const logLevels = ["off", "slow", "all"] as const;
export type LogLevel = (typeof logLevels)[number];

/** A request that was answered. Nothing of what it brought is in it: addresses, too, hold what people typed. */
export interface Answered {
  readonly request: string;
  readonly method: string;
  /** The pattern of its route. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  /** The id of who asked, where somebody proved who she is. */
  readonly caller?: string | undefined;
  /** The id of who asked in her place. */
  readonly actor?: string | undefined;
}

/** Hears of each request when it has been answered. */
export type RequestLog = (answered: Answered) => void;

/** Tells the log of requests as its level says; what takes longer than `slowMs` is slow. */
export function openRequestLog(log: Log, level: LogLevel, slowMs: number): RequestLog {
  return ({ ms, ...told }) => {
    const strikes = told.status >= 500 || ms > slowMs;
    if (level === "off" || (level === "slow" && !strikes)) return;
    log(strikes ? "warn" : "info", "request", { ...told, ms: Math.round(ms) });
  };
}

const textMost = 2000;

/** Tells the log of statements that took longer than `slowMs`, each with the request for which it was asked, until what it answers is called. */
export function tellSlowStatements(log: Log, slowMs: number): () => void {
  const hear = (told: unknown) => {
    const { text, ms, request } = told as Watched;
    if (ms > slowMs) log("warn", "slow statement", { request, ms: Math.round(ms), statement: text.slice(0, textMost) });
  };
  statements.subscribe(hear);
  return () => void statements.unsubscribe(hear);
}
