import { numbered, type Field, type PlannedWrite } from "engine";
import type { Connection } from "../database/pool.ts";
import type { Scene } from "./operation.ts";
import { entityOf } from "./rows.ts";

/**
 * Gives new records their numbers: one row of `_counter` per field, raised once for all of them. The row stays locked
 * until the transaction ends, so numbers follow each other in the order of commit and none is lost.
 */
export async function numberRecords(
  tx: Connection,
  scene: Scene,
  writes: readonly PlannedWrite[],
): Promise<readonly PlannedWrite[]> {
  const wanted = writes.flatMap((write) =>
    write.act === "create" ? numberFields(scene, write.entity).map((field) => ({ id: write.id, field })) : [],
  );
  if (wanted.length === 0) return writes;
  const byField = Map.groupBy(wanted, ({ field }) => field.address);
  const last = await raise(tx, scene, new Map([...byField].map(([address, them]) => [address, them.length])));
  const given = new Map<string, { field: Field; value: string }[]>();
  for (const [address, them] of byField)
    for (const [at, { id, field }] of them.entries()) {
      const n = BigInt(last.get(address) ?? 0) - BigInt(them.length - 1 - at);
      given.set(id, [...(given.get(id) ?? []), { field, value: numbered(field.property.pattern as string, n) }]);
    }
  return writes.map((write) => (write.act === "create" ? withNumbers(write, given.get(write.id) ?? []) : write));
}

function withNumbers(write: PlannedWrite, numbers: readonly { field: Field; value: string }[]): PlannedWrite {
  const values = Object.fromEntries(numbers.map(({ field, value }) => [field.name, value]));
  return {
    ...write,
    after: { ...write.after, ...values },
    record: { ...write.record, ...values },
    changed: [...new Set([...write.changed, ...numbers.map(({ field }) => field)])],
  };
}

/** Raises counters by so much each and answers where they stand then. In the order of their names, whoever asks. */
async function raise(
  tx: Connection,
  scene: Scene,
  by: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, string>> {
  const sorted = [...by].sort(([a], [b]) => (a < b ? -1 : 1));
  const { rows } = await tx.query(
    `insert into ${scene.workspace.schema}._counter as c (field, n)
     select r.field, r.n from unnest($1::text[], $2::bigint[]) as r(field, n)
     on conflict (field) do update set n = c.n + excluded.n
     returning c.field, c.n`,
    [sorted.map(([field]) => field), sorted.map(([, n]) => n)],
  );
  return new Map(rows.map(({ field, n }) => [field, String(n)]));
}

function numberFields(scene: Scene, entity: string): readonly Field[] {
  return [...entityOf(scene, entity).fields.values()].filter(({ type }) => type.name === "auto_number");
}
