import { isDeepStrictEqual } from "node:util";
import { keepClocks, policiesOn, problem, slaPaths, type RecordWrite } from "engine";
import type { Connection } from "../database/pool.ts";
import { bareClock, clockParts, lockClocks, type ClockOf } from "./clocks.ts";
import { stage } from "./commit.ts";
import { operate, type Scene } from "./operation.ts";
import type { ReadScene } from "./read.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { surroundings } from "./run.ts";
import { writeRecords } from "./write.ts";

const batchRows = 500;
const first = "00000000-0000-0000-0000-000000000000";

/**
 * Counts the clocks that go by what is promised now, where that is another than when their target was chosen: a publish
 * leaves them as they are. `dry` only counts the records whose clocks would change.
 */
export async function recountClocks(
  { workspace, principal, now, model }: ReadScene,
  entity: string,
  dry: boolean,
): Promise<{ readonly records: number }> {
  if (!model.entities.has(entity)) throw problem("entity.unknown", { entity });
  const title = policiesOn(model, entity)[0]?.document.title ?? "";
  const told = { kind: "clock", title, now, bulk: true, unbounded: true };
  const { result } = await operate(workspace, principal, told, async (tx, scene) => {
    let records = 0;
    for (let after = first; after !== "";) {
      const batch = await recountBatch(tx, scene, entity, { after, dry });
      records += batch.records;
      after = batch.last;
    }
    return records;
  });
  return { records: result };
}

/** Counts the clocks of the next records behind an id; answers the last of them, nothing after all. */
async function recountBatch(
  tx: Connection,
  scene: Scene,
  name: string,
  { after, dry }: { readonly after: string; readonly dry: boolean },
): Promise<{ readonly records: number; readonly last: string }> {
  const { model, workspace, now } = scene;
  const entity = entityOf(scene, name);
  const { rows } = await tx.query(
    `select distinct record from ${workspace.schema}._clock where entity = $1 and record > $2::uuid
       and kept -> 'record' ->> 'ended' is null order by record limit ${batchRows}`,
    [name, after],
  );
  const ids = (rows as { record: string }[]).map(({ record }) => record);
  const records = await lockRecords(tx, scene, entity, { ids, trash: "without" });
  const standing = await lockClocks(tx, scene, [...records.keys()]);
  const around = await surroundings(tx, scene, { entity, paths: slaPaths(model, name) }, [...records.values()]);
  const changed: ClockOf[] = [];
  const writes: RecordWrite[] = [];
  for (const [id, before] of records) {
    const own = standing.get(id) ?? [];
    const is = { ...around, record: before };
    const { clocks, values } = keepClocks(model, name, own, { was: is, is, at: now.getTime(), anew: true });
    if (isDeepStrictEqual(clocks, own.map(bareClock))) continue;
    changed.push(...clocks.map((clock) => ({ ...clock, record: id, entity: name })));
    writes.push({ act: "update", entity: name, id, before, after: values });
  }
  if (!dry) {
    await stage(tx, scene, clockParts(scene, changed));
    await writeRecords(tx, scene, writes);
  }
  return { records: writes.length, last: ids.length < batchRows ? "" : (ids.at(-1) ?? "") };
}
