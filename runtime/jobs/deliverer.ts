import type { Clock } from "../clock.ts";
import type { Gate } from "../outbound.ts";
import { deliverSome } from "../store/deliver.ts";
import { connectionsDue, sweepDeliveries } from "../store/deliveries.ts";
import type { Workspace } from "../workspace.ts";

const pollMs = 1000;
const sweepMs = 3_600_000;

/**
 * Tells connections what has happened. The rows of `_delivery` are the truth, and any number of workers share them by
 * leases. Each connection goes its own pace: one that is slow or dead holds up nobody else.
 */
export class Deliverer {
  readonly #workspaces: ReadonlyMap<string, Workspace>;
  readonly #gate: Gate;
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #swept = 0;

  constructor(workspaces: ReadonlyMap<string, Workspace>, gate: Gate, clock: Clock, report: (error: unknown) => void) {
    this.#workspaces = workspaces;
    this.#gate = gate;
    this.#clock = clock;
    this.#report = report;
  }

  start(): void {
    void this.#tick();
  }

  /** Breaks off what is under way; it is tried again elsewhere, or at the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#looking;
    await Promise.all(this.#running.values());
  }

  async #tick(): Promise<void> {
    this.#looking = this.#look().catch(this.#report);
    await this.#looking;
    if (!this.#stopping.signal.aborted) this.#timer = setTimeout(() => void this.#tick(), pollMs);
  }

  async #look(): Promise<void> {
    const now = this.#clock.now();
    const sweeps = now.getTime() - this.#swept >= sweepMs;
    for (const workspace of this.#workspaces.values()) {
      if (sweeps) await sweepDeliveries(workspace, now);
      for (const anchor of await connectionsDue(workspace, now)) this.#begin(workspace, anchor);
    }
    if (sweeps) this.#swept = now.getTime();
  }

  #begin(workspace: Workspace, anchor: string): void {
    const key = `${workspace.name} ${anchor}`;
    if (this.#running.has(key) || this.#stopping.signal.aborted) return;
    const done = this.#serve(workspace, anchor)
      .catch(this.#report)
      .finally(() => this.#running.delete(key));
    this.#running.set(key, done);
  }

  async #serve(workspace: Workspace, anchor: string): Promise<void> {
    const { signal: stopping } = this.#stopping;
    const courier = { workspace, gate: this.#gate, now: () => this.#clock.now(), stopping };
    while (!stopping.aborted && (await deliverSome(courier, anchor)) > 0);
  }
}
