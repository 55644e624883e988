import type { Access, Model, Principal } from "engine";
import type { Auth } from "./auth/auth.ts";
import type { Clock } from "./clock.ts";
import type { Live } from "./live.ts";
import type { Log } from "./log.ts";
import type { Networks } from "./networks.ts";
import type { Gate, MailGate } from "./outbound.ts";
import type { RequestLog } from "./request-log.ts";
import type { Store } from "./store/store.ts";
import type { Workspace } from "./workspace.ts";

/** What every request brings along once the middleware has seen it. */
export interface Variables {
  readonly requestId: string;
  /** When it came, by the clock that measures how long things take. */
  readonly begun: number;
  readonly now: Date;
  readonly workspace: Workspace;
  readonly model: Model;
  /** The model as the caller is to hear it: its labels in her language. */
  readonly spoken: Model;
  readonly principal: Principal;
  readonly access: Access;
  readonly store: Store;
  readonly services: Services;
}

/** The type of every Hono app of ours. */
export interface App {
  Variables: Variables;
}

/** What the server works with, made once by `main.ts`. */
export interface Services {
  readonly workspaces: ReadonlyMap<string, Workspace>;
  readonly auth: Auth;
  readonly clock: Clock;
  readonly log: Log;
  readonly requestLog: RequestLog;
  /** Where people reach the product, when it is known. */
  readonly origin: string | undefined;
  /** Whose word on where a request comes from is believed. */
  readonly proxies: Networks;
  /** Needed by whoever sets the product up from another machine. */
  readonly setupToken: string;
  readonly templates: string;
  /** Called when something was queued for the background. */
  readonly nudge: () => void;
  /** Tells open connections what changes. */
  readonly live: Live;
  /** Everything that goes to the outside goes through it. */
  readonly gate: Gate;
  readonly mailGate: MailGate;
  /** The test clock, where one is open. */
  readonly testClock?: { set(now: Date): void } | undefined;
}
