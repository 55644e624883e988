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
  /** What whoever was chosen last had had, among all workspaces or among the lanes of one: who has had less was away. */
  readonly #reached = new Map<string, number>();

  /** The next of those that wait; undefined where nobody does. */
  next<One extends Waiting>(waiting: readonly One[]): One | undefined {
    const workspaces = [...new Set(waiting.map(({ workspace }) => workspace))];
    const workspace = this.#least("", workspaces, (name) => name);
    const own = waiting.filter((it) => it.workspace === workspace);
    const here = lanes.filter((lane) => own.some((it) => it.lane === lane));
    const lane = this.#least(workspace ?? "", here, (name) => `${workspace} ${name}`);
    return own.find((it) => it.lane === lane);
  }

  /** Notes that somebody has had so much. */
  note({ workspace, lane }: Waiting, count: number): void {
    this.#add(workspace, count);
    this.#add(`${workspace} ${lane}`, count / weights[lane]);
  }

  #least<Name extends string>(among: string, names: readonly Name[], keyOf: (name: Name) => string): Name | undefined {
    const reached = this.#reached.get(among) ?? 0;
    const had = new Map(names.map((name) => [name, Math.max(this.#had.get(keyOf(name)) ?? 0, reached)]));
    const [least] = names.toSorted((one, other) => had.get(one)! - had.get(other)!);
    for (const [name, count] of had) this.#had.set(keyOf(name), count);
    if (least !== undefined) this.#reached.set(among, had.get(least)!);
    return least;
  }

  #add(key: string, count: number): void {
    this.#had.set(key, (this.#had.get(key) ?? 0) + count);
  }
}
