import type { Clock } from "../clock.ts";
import { moveDue, type Due, type DueKind } from "../store/due.ts";
import { timers } from "../store/fire.ts";
import { heard } from "../store/heard.ts";
import { inbox } from "../store/inbox.ts";
import type { Workspace } from "../workspace.ts";

const pollMs = 1000;

/**
 * Moves runs whose waits are over, and those that are to be told something. The rows of `_timer` and `_inbox` are the
 * truth: any number of workers look at them each second, and at once when told; none of them owns anything.
 */
export class Timers {
  readonly #workspaces: ReadonlyMap<string, Workspace>;
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();
  #running = false;

  constructor(workspaces: ReadonlyMap<string, Workspace>, clock: Clock, report: (error: unknown) => void) {
    this.#workspaces = workspaces;
    this.#clock = clock;
    this.#report = report;
  }

  start(): void {
    this.#running = true;
    this.#tick();
  }

  /** Looks now instead of at the next tick: when the clock was set for instance. Resolves when nothing is due. */
  nudge(): Promise<void> {
    this.#working = this.#working.then(() => this.#work());
    return this.#working;
  }

  /** Lets the batch under way come to its end. */
  async stop(): Promise<void> {
    this.#running = false;
    clearTimeout(this.#timer);
    await this.#working;
  }

  #tick(): void {
    if (!this.#running) return;
    void this.nudge().then(() => {
      if (this.#running) this.#timer = setTimeout(() => this.#tick(), pollMs);
    });
  }

  /** In turn, one batch of each workspace and kind, so that nobody waits until a wave of another is over. */
  async #work(): Promise<void> {
    let busy = [...this.#workspaces.values()].flatMap((workspace) => [
      () => this.#workOn(workspace, timers),
      () => this.#workOn(workspace, inbox),
      () => this.#workOn(workspace, heard),
    ]);
    while (busy.length > 0) {
      const again: typeof busy = [];
      for (const work of busy) if (await work()) again.push(work);
      busy = again;
    }
  }

  /** Moves some of what is due. Answers whether more may be. */
  async #workOn<One extends Due>(workspace: Workspace, kind: DueKind<One>): Promise<boolean> {
    try {
      if (!this.#running || !(await kind.isDue(workspace, this.#clock.now()))) return false;
      const { count, failures } = await moveDue(workspace, this.#clock.now(), kind);
      for (const failure of failures) this.#report(failure);
      return count > 0;
    } catch (error) {
      this.#report(error);
      return false;
    }
  }
}
