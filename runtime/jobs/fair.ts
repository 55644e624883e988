import { lanes, type Lane } from "../store/lane.ts";

/** Something that waits, of whom and how soon it is to go. */
export interface Waiting {
  readonly workspace: string;
  readonly lane: Lane;
}

/** How much of the time a lane has when all have work. */
const weights: Readonly<Record<Lane, number>> = { interactive: 8, sla: 4, normal: 2, bulk: 1 };

/**
 * Who is next, by weighted fair queueing: the workspace that has had the least, and in it the lane that has had the
 * least for its weight. Whoever comes back after a while begins where the others are: nobody saves up.
 */
export class Fair {
  readonly #had = new Map<string, number>();

  /** The next of those that wait; undefined where nobody does. */
  next<One extends Waiting>(waiting: readonly One[]): One | undefined {
    const workspaces = [...new Set(waiting.map(({ workspace }) => workspace))];
    const workspace = this.#least(workspaces, (name) => name);
    const own = waiting.filter((it) => it.workspace === workspace);
    const here = lanes.filter((lane) => own.some((it) => it.lane === lane));
    const lane = this.#least(here, (name) => `${workspace} ${name}`);
    return own.find((it) => it.lane === lane);
  }

  /** Notes that somebody has had so much. */
  note({ workspace, lane }: Waiting, count: number): void {
    this.#add(workspace, count);
    this.#add(`${workspace} ${lane}`, count / weights[lane]);
  }

  #least<Name extends string>(names: readonly Name[], keyOf: (name: Name) => string): Name | undefined {
    const had = names.map((name) => this.#had.get(keyOf(name)));
    const floor = Math.min(...had.filter((it) => it !== undefined), Number.POSITIVE_INFINITY);
    for (const name of names)
      if (!this.#had.has(keyOf(name))) this.#had.set(keyOf(name), Number.isFinite(floor) ? floor : 0);
    return names.toSorted((one, other) => this.#had.get(keyOf(one))! - this.#had.get(keyOf(other))!)[0];
  }

  #add(key: string, count: number): void {
    this.#had.set(key, (this.#had.get(key) ?? 0) + count);
  }
}
