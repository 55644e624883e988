import type { run, TaskList, WorkerUtils } from "graphile-worker";
import type { Pool } from "pg";
import { lastingPool } from "./lasting.ts";

/** What is done in the background. It is told when it shall stop: what it has committed then goes on elsewhere. */
export type Task = (
  payload: { readonly workspace: string; readonly id: string },
  stopping: AbortSignal,
) => Promise<void>;

/** Work that waits for somebody to take it up, as the outbox of a workspace names it. */
export interface Waiting {
  readonly task: string;
  readonly workspace: string;
  readonly id: string;
}

export interface JobsOptions {
  readonly pool: Pool;
  readonly tasks: Readonly<Record<string, Task>>;
  /** The outboxes of all workspaces: what is queued, and what somebody began whose lease has run out. */
  readonly waiting: () => Promise<readonly Waiting[]>;
  readonly report: (error: unknown) => void;
  /** How often it looks for work; a second where nothing is said. */
  readonly pollMs?: number | undefined;
}

/** Schema of graphile-worker; beside `trellis`, never distributed. */
const schema = "graphile_worker";
const everyMs = 1000;

/**
 * Background work. The rows of a workspace's outbox are the truth and graphile-worker runs them: the forwarder adds a
 * job under the row's own key, so a row that is forwarded twice runs once, and one whose worker was killed is forwarded
 * again when its lease has run out.
 */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #stopping = new AbortController();
  #utils: WorkerUtils | undefined;
  #runner: Awaited<ReturnType<typeof run>> | undefined;
  #forwarding: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  /** Begins to work. Resolves when the first job could be taken. */
  async start(): Promise<void> {
    const { pool, tasks, pollMs = everyMs, report } = this.#options;
    const { Logger, makeWorkerUtils, run, runMigrations } = await import("graphile-worker");
    const shared = { pgPool: lastingPool(pool), schema, logger: new Logger(() => () => undefined) };
    await runMigrations(shared);
    this.#utils ??= await makeWorkerUtils(shared);
    const taskList: TaskList = Object.fromEntries(
      Object.entries(tasks).map(([name, task]) => [
        name,
        (payload: unknown) =>
          task(payload as Parameters<Task>[0], this.#stopping.signal).catch((error: unknown) => {
            report(error);
            throw error;
          }),
      ]),
    );
    this.#runner = await run({ ...shared, taskList, concurrency: 2, pollInterval: pollMs, noHandleSignals: true });
    this.#tick();
  }

  /** Looks into the outboxes now instead of at the next tick: called after something was queued. */
  nudge(): void {
    this.#forwarding = this.#forwarding.then(() => this.#forward());
  }

  /** Lets the running jobs come to their next commit, then stops. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#forwarding;
    await this.#runner?.stop();
    await this.#utils?.release();
  }

  #tick(): void {
    if (this.#stopping.signal.aborted) return;
    this.nudge();
    this.#timer = setTimeout(() => this.#tick(), this.#options.pollMs ?? everyMs);
  }

  async #forward(): Promise<void> {
    if (this.#stopping.signal.aborted || !this.#utils) return;
    try {
      for (const { task, workspace, id } of await this.#options.waiting())
        await this.#utils.addJob(task, { workspace, id }, { jobKey: `${workspace}:${id}`, maxAttempts: 1 });
    } catch (error) {
      this.#options.report(error);
    }
  }
}
