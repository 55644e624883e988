import type { Environment, Values } from "engine";
import { writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { flush } from "../store/commit.ts";
import type { Scene } from "../store/operation.ts";
import { entityOf, rowsOf, targetOf } from "../store/rows.ts";

type Around = Pick<Environment, "related" | "listed">;
type List = Parameters<NonNullable<Environment["listed"]>>[0];

/** A record, or a list of one, that a move leads to and nobody has read. */
interface Open {
  readonly entity: string;
  readonly id: string;
  readonly list?: List;
}

/**
 * What a move reads beyond what was read for it: it has just made a reference lead there. Such a move goes on as if there
 * were nothing, and is begun again when it is read.
 */
export class Further {
  readonly #known = new Map<string, Values | readonly Values[] | null>();
  readonly #open = new Map<string, Open>();

  /** What surrounds a move, and what it has led to so far. */
  around(around: Around): Around {
    return {
      related: (entity, id) =>
        around.related?.(entity, id) ?? (this.#about({ entity, id }) as Values | null | undefined) ?? undefined,
      listed: (list, id) =>
        around.listed?.(list, id) ?? (this.#about({ entity: list.entity, id, list }) as readonly Values[] | undefined),
    };
  }

  /** Whether something was open, which is read now. */
  async read(tx: Connection, scene: Scene): Promise<boolean> {
    const open = [...this.#open];
    this.#open.clear();
    // What is staged of this operation counts in what it reads.
    if (open.length > 0) await flush(tx, scene);
    for (const [key, it] of open) this.#known.set(key, await read(tx, scene, it));
    return open.length > 0;
  }

  #about(open: Open): unknown {
    const key = JSON.stringify(open);
    if (!this.#known.has(key)) this.#open.set(key, open);
    return this.#known.get(key);
  }
}

async function read(tx: Connection, scene: Scene, { entity: name, id, list }: Open) {
  const entity = entityOf(scene, name);
  const reference = list && entity.fields.get(list.reference);
  const piece =
    list && reference
      ? writing.rowsListed(targetOf(scene, entity), reference, list.on, [id])
      : writing.rowsById(targetOf(scene, entity), [id]);
  const records = (await rowsOf<{ record: Values }>(tx, scene, piece)).map(({ record }) => record);
  return list ? records : (records[0] ?? null);
}

/** What surrounds moves that cannot be begun again: one that leads further is thrown out. */
export const noFurther = <Given extends Around>(around: Given): Given => ({
  ...around,
  related: (entity, id) => around.related?.(entity, id) ?? leadsOn(),
  listed: (list, id) => around.listed?.(list, id) ?? leadsOn(),
});

function leadsOn(): never {
  throw new Error("What this move reads is not read yet.");
}
