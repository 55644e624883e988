import type { Environment, Values } from "engine";
import { writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { flush } from "../store/commit.ts";
import type { Scene } from "../store/operation.ts";
import { idOf } from "../store/related.ts";
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

  /** Whether something was open, which is read now: what is alike by one question. */
  async read(tx: Connection, scene: Scene): Promise<boolean> {
    const open = [...this.#open.values()];
    this.#open.clear();
    // What is staged of this operation counts in what it reads.
    if (open.length > 0) await flush(tx, scene);
    for (const them of Map.groupBy(open, ({ entity, list }) => JSON.stringify([entity, list])).values()) {
      const rows = await readAlike(tx, scene, them as unknown as Alike);
      for (const it of them) {
        const own = rows.get(it.id) ?? [];
        this.#known.set(keyOf(it), it.list ? own : (own[0] ?? null));
      }
    }
    return open.length > 0;
  }

  #about(open: Open): unknown {
    const key = keyOf(open);
    if (!this.#known.has(key)) this.#open.set(key, open);
    return this.#known.get(key);
  }
}

const keyOf = (open: Open) => JSON.stringify(open);

/** Records of one entity, or the same list of several. */
type Alike = readonly [Open, ...Open[]];

/** What is found of each, by its id. */
async function readAlike(tx: Connection, scene: Scene, them: Alike): Promise<ReadonlyMap<string, readonly Values[]>> {
  const [{ entity: name, list }] = them;
  const entity = entityOf(scene, name);
  const ids = them.map(({ id }) => id);
  const reference = list && entity.fields.get(list.reference);
  const piece =
    list && reference
      ? writing.rowsListed(targetOf(scene, entity), reference, list.on, ids)
      : writing.rowsById(targetOf(scene, entity), ids);
  const rows = await rowsOf<{ record: Values }>(tx, scene, piece);
  const whose = (record: Values) => (reference ? idOf(record[reference.name]) : String(record.id)) ?? "";
  return Map.groupBy(
    rows.map(({ record }) => record),
    whose,
  );
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
