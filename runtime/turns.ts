import { problem } from "engine";

/** How many requests are at work at once, and how many wait. */
export interface TurnLimits {
  /** At work at once for one caller. */
  readonly each: number;
  /** At work at once for all callers together. */
  readonly all: number;
  /** Waiting in one caller's line. */
  readonly lineMax: number;
  /** Waiting in all lines together. */
  readonly waitingMax: number;
  /** Who has waited longer is sent away. */
  readonly waitMs: number;
}

/** Gives a turn back; giving it back twice gives back one. */
export type GiveBack = () => void;

interface Line {
  running: number;
  readonly waiting: Set<() => void>;
}

/**
 * Whose request is at work next. Each caller stands in a line of her own and the lines take turns, so that whoever
 * asks a thousand things at once waits for herself and not the others for her (round robin, as fair queuing does it:
 * Nagle, RFC 970).
 */
export class Turns {
  readonly #limits: TurnLimits;
  /** In the order in which they are asked next. */
  readonly #lines = new Map<string, Line>();
  #running = 0;
  #waiting = 0;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** How many callers are at work or wait; whoever is done or was sent away is forgotten. */
  get callers(): number {
    return this.#lines.size;
  }

  /**
   * Answers when the caller's turn has come. Throws `caller.crowded` (429) where her line is too long, `server.crowded`
   * (503) where all lines are, or where she has waited too long.
   */
  async take(caller: string): Promise<GiveBack> {
    const line = this.#lines.get(caller) ?? { running: 0, waiting: new Set() };
    const free = this.#free(line);
    if (!free && line.waiting.size >= this.#limits.lineMax)
      throw problem("caller.crowded", { most: this.#limits.lineMax });
    if (!free && this.#waiting >= this.#limits.waitingMax) throw problem("server.crowded", {});
    this.#lines.set(caller, line);
    if (free) return this.#begin(caller, line);
    await this.#stand(caller, line);
    return this.#giver(caller, line);
  }

  #free(line: Line): boolean {
    return this.#running < this.#limits.all && line.running < this.#limits.each;
  }

  #begin(caller: string, line: Line): GiveBack {
    this.#running++;
    line.running++;
    return this.#giver(caller, line);
  }

  #stand(caller: string, line: Line): Promise<void> {
    this.#waiting++;
    return new Promise((come, fail) => {
      const leave = () => {
        clearTimeout(patience);
        line.waiting.delete(call);
        this.#waiting--;
      };
      const call = () => {
        leave();
        come();
      };
      const patience = setTimeout(() => {
        leave();
        this.#forget(caller, line);
        fail(problem("server.crowded", {}));
      }, this.#limits.waitMs);
      line.waiting.add(call);
    });
  }

  #giver(caller: string, line: Line): GiveBack {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#running--;
      line.running--;
      this.#forget(caller, line);
      this.#next();
    };
  }

  /** Calls the first line that may begin; it goes to the end of the round. */
  #next(): void {
    for (const [caller, line] of this.#lines) {
      const [call] = line.waiting;
      if (!call || !this.#free(line)) continue;
      this.#lines.delete(caller);
      this.#lines.set(caller, line);
      this.#running++;
      line.running++;
      return call();
    }
  }

  #forget(caller: string, line: Line): void {
    if (line.running === 0 && line.waiting.size === 0) this.#lines.delete(caller);
  }
}
