import type { Clock } from "../clock.ts";
import { moveDue, type Due, type DueKind, type Moves } from "../store/due.ts";
import { timers } from "../store/fire.ts";
import { heard } from "../store/heard.ts";
import { inbox } from "../store/inbox.ts";
import { queuesWait, routeQueues } from "../store/route-queues.ts";
import { clocksRing, ringClocks } from "../store/ring-clocks.ts";
import { dailyWaits, keepDailies } from "../store/daily-work.ts";
import { buildSegments, segmentsWait } from "../store/segment-pass.ts";
import { areFlipsDue, flipDue } from "../store/segment-flips.ts";
import type { Workspace } from "../workspace.ts";

/** What is looked at: whether something is due, and how some of it is done. */
interface Kind {
  readonly isDue: (workspace: Workspace, now: Date) => Promise<boolean>;
  readonly work: (workspace: Workspace, now: Date) => Promise<Moves>;
}

const clocks: Kind = { isDue: clocksRing, work: ringClocks };
const builds: Kind = { isDue: segmentsWait, work: buildSegments };
const dailies: Kind = { isDue: dailyWaits, work: keepDailies };
const queues: Kind = { isDue: queuesWait, work: routeQueues };
const moving = <One extends Due>(kind: DueKind<One>): Kind => ({
  isDue: kind.isDue,
  work: (workspace, now) => moveDue(workspace, now, kind),
});

/**
 * Lets clocks ring, finds somebody for what waits in queues, moves runs whose waits are over and those that are to be told
 * something, and builds segments and sums by day batch by batch. The rows of `_clock`, `_queued`, `_timer` and `_inbox` are
 * the truth: any number of workers look at them each second or as often as is said, and at once when told; none of them
 * owns anything.
 */
export class Timers {
  readonly #workspaces: ReadonlyMap<string, Workspace>;
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;
  readonly #pollMs: number;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();
  #running = false;

  constructor(
    workspaces: ReadonlyMap<string, Workspace>,
    clock: Clock,
    report: (error: unknown) => void,
    pollMs = 1000,
  ) {
    this.#workspaces = workspaces;
    this.#clock = clock;
    this.#report = report;
    this.#pollMs = pollMs;
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
      if (this.#running) this.#timer = setTimeout(() => this.#tick(), this.#pollMs);
    });
  }

  /** In turn, one batch of each workspace and kind, so that nobody waits until a wave of another is over. */
  async #work(): Promise<void> {
    let busy = [...this.#workspaces.values()].flatMap((workspace) => [
      () => this.#workOn(workspace, clocks),
      () => this.#workOn(workspace, queues),
      () => this.#workOn(workspace, moving(timers)),
      () => this.#workOn(workspace, moving(inbox)),
      () => this.#workOn(workspace, moving(heard)),
      () => this.#flip(workspace),
      () => this.#workOn(workspace, builds),
      () => this.#workOn(workspace, dailies),
    ]);
    while (busy.length > 0) {
      const again: typeof busy = [];
      for (const work of busy) if (await work()) again.push(work);
      busy = again;
    }
  }

  /** Looks at some of the records whose place in a segment time may have changed. Answers whether more may be. */
  async #flip(workspace: Workspace): Promise<boolean> {
    try {
      if (!this.#running || !(await areFlipsDue(workspace, this.#clock.now()))) return false;
      return (await flipDue(workspace, this.#clock.now())) > 0;
    } catch (error) {
      this.#report(error);
      return false;
    }
  }

  /** Moves some of what is due. Answers whether more may be. */
  async #workOn(workspace: Workspace, kind: Kind): Promise<boolean> {
    try {
      if (!this.#running || !(await kind.isDue(workspace, this.#clock.now()))) return false;
      const { count, failures } = await kind.work(workspace, this.#clock.now());
      for (const failure of failures) this.#report(failure);
      return count > 0;
    } catch (error) {
      this.#report(error);
      return false;
    }
  }
}
