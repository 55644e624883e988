import { carrySome } from "../store/carry.ts";
import { sweepHeard } from "../store/heard.ts";
import { sweepDeliveries } from "../store/deliveries.ts";
import { linesDue, type Line } from "../store/outbox.ts";
import type { Lane } from "../store/lane.ts";
import type { Clock } from "../clock.ts";
import type { Gate } from "../outbound.ts";
import type { Workspace } from "../workspace.ts";
import { Fair } from "./fair.ts";

const sweepMs = 3_600_000;
/** So many batches are on their way at once; a lane may fill so many of these places. */
const places: Readonly<Record<Lane, number>> = { interactive: 16, sla: 14, normal: 12, bulk: 6 };

/** A line of a workspace in which something waits. */
type Open = Line & { readonly workspace: string };

/**
 * Carries out what leaves the house. The rows of `_effect` are the truth, and any number of workers share them by leases.
 * Each wire goes its own pace: one that is slow or dead holds up nobody else; between workspaces and lanes it is fair.
 */
export class Outbox {
  readonly #workspaces: ReadonlyMap<string, Workspace>;
  readonly #gate: Gate;
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  readonly #fair = new Fair();
  #open: readonly Open[] = [];
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #swept = 0;
  /** What is called when something has come back that moves runs. */
  readonly #told: () => void;
  readonly #font: string | undefined;
  readonly #origin: () => string;
  readonly #pollMs: number;

  constructor(
    workspaces: ReadonlyMap<string, Workspace>,
    {
      gate,
      clock,
      report,
      told,
      font,
      origin,
      pollMs = 1000,
    }: {
      readonly gate: Gate;
      readonly clock: Clock;
      readonly font?: string | undefined;
      /** Where people reach the product. */
      readonly origin: () => string;
      readonly report: (error: unknown) => void;
      readonly told: () => void;
      readonly pollMs?: number;
    },
  ) {
    this.#workspaces = workspaces;
    this.#gate = gate;
    this.#clock = clock;
    this.#report = report;
    this.#told = told;
    this.#font = font;
    this.#origin = origin;
    this.#pollMs = pollMs;
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
    if (!this.#stopping.signal.aborted) this.#timer = setTimeout(() => void this.#tick(), this.#pollMs);
  }

  async #look(): Promise<void> {
    const now = this.#clock.now();
    const sweeps = now.getTime() - this.#swept >= sweepMs;
    const open: Open[] = [];
    for (const workspace of this.#workspaces.values()) {
      if (sweeps) await sweepDeliveries(workspace, now);
      if (sweeps) await sweepHeard(workspace, now);
      for (const line of await linesDue(workspace, now)) open.push({ ...line, workspace: workspace.name });
    }
    if (sweeps) this.#swept = now.getTime();
    this.#open = open;
    this.#fill();
  }

  /** Gives places to those who wait, one after the other, as long as there are some. */
  #fill(): void {
    for (;;) {
      if (this.#stopping.signal.aborted) return;
      const free = this.#open.filter((it) => !this.#running.has(wireOf(it)) && this.#running.size < places[it.lane]);
      const next = this.#fair.next(free);
      if (!next) return;
      const done = this.#serve(next)
        .catch(this.#report)
        .finally(() => {
          this.#running.delete(wireOf(next));
          this.#fill();
        });
      this.#running.set(wireOf(next), done);
    }
  }

  async #serve(line: Open): Promise<void> {
    const { signal: stopping } = this.#stopping;
    const workspace = this.#workspaces.get(line.workspace)!;
    const now = () => this.#clock.now();
    const courier = { workspace, gate: this.#gate, now, stopping, font: this.#font, origin: this.#origin };
    const count = await carrySome(courier, line).catch((error: unknown) => {
      this.#open = this.#open.filter((it) => it !== line);
      throw error;
    });
    this.#fair.note(line, Math.max(1, count));
    // What is left, or waits behind what was just done, is tried at once; how the wire fares is looked at anew.
    const fresh = count === 0 ? [] : await linesDue(workspace, this.#clock.now());
    const again = fresh.flatMap((it) => (it.wire === line.wire ? [{ ...it, workspace: workspace.name }] : []));
    this.#open = [...this.#open.filter((it) => wireOf(it) !== wireOf(line)), ...again];
    if (count > 0) this.#told();
  }
}

const wireOf = ({ workspace, wire }: Open) => `${workspace} ${wire}`;
