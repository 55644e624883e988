import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { countIncidents } from "./store/incidents.ts";
import { countOpen, countWaiting } from "./store/outbox.ts";
import type { Workspace } from "./workspace.ts";

/** A count of both pools of a workspace. */
const inPools =
  (count: "totalCount" | "idleCount" | "waitingCount") =>
  ({ pool, looks }: Workspace): number =>
    pool[count] + looks[count];

/** What one process measures of itself, for Prometheus to read. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #workspaces: ReadonlyMap<string, Workspace>;
  readonly #requests = new Histogram({
    name: "http_server_request_duration_seconds",
    help: "Time until the answer began, by method, route and status.",
    labelNames: ["method", "route", "status"] as const,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [this.#registry],
  });

  constructor(workspaces: ReadonlyMap<string, Workspace>) {
    this.#workspaces = workspaces;
    collectDefaultMetrics({ register: this.#registry });
    this.#show("trellis_requests_running", "Requests at work.", ({ lanes }) =>
      lanes.reduce((sum, { running }) => sum + running, 0),
    );
    this.#show("trellis_requests_waiting", "Requests that wait for their turn.", ({ lanes }) =>
      lanes.reduce((sum, { waiting }) => sum + waiting, 0),
    );
    this.#ask("trellis_incidents_open", "What goes on only by a person's word.", countIncidents);
    this.#ask("trellis_effects_waiting", "What waits to leave the house.", countWaiting);
    this.#ask("trellis_circuits_open", "Wires that nobody asks for the time being.", countOpen);
    this.#show("trellis_callers", "Callers with requests at work or waiting.", ({ turns }) => turns.callers);
    this.#show("trellis_database_connections", "Connections to the database.", inPools("totalCount"));
    this.#show("trellis_database_connections_idle", "Connections that nobody uses.", inPools("idleCount"));
    this.#show("trellis_database_waiting", "Those that wait for a connection.", inPools("waitingCount"));
  }

  /** The media type of `text()`: Prometheus's text format. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Notes a request that has been answered. `route` is its pattern, never its address: that has ids in it. */
  answered(method: string, route: string, status: number, ms: number): void {
    this.#requests.observe({ method, route, status }, ms / 1000);
  }

  /** All measurements as they are now. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #ask(name: string, help: string, value: (workspace: Workspace) => Promise<number>): void {
    const workspaces = this.#workspaces;
    new Gauge({
      name,
      help,
      labelNames: ["workspace"] as const,
      registers: [this.#registry],
      async collect() {
        for (const [workspace, it] of workspaces) this.set({ workspace }, await value(it));
      },
    });
  }

  #show(name: string, help: string, value: (workspace: Workspace) => number): void {
    const workspaces = this.#workspaces;
    new Gauge({
      name,
      help,
      labelNames: ["workspace"] as const,
      registers: [this.#registry],
      collect() {
        for (const [workspace, it] of workspaces) this.set({ workspace }, value(it));
      },
    });
  }
}
