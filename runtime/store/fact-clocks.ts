import { isDeepStrictEqual } from "node:util";
import { keepClocks, movesClocks, slaPaths, type RecordWrite } from "engine";
import type { Connection } from "../database/pool.ts";
import { bareClock, clockParts, lockClocks, rememberedClocks, type ClockOf } from "./clocks.ts";
import { flush, stage } from "./commit.ts";
import type { Fact } from "./facts.ts";
import type { Scene } from "./operation.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { surroundings } from "./run.ts";
import { writeRecords } from "./write.ts";

/** Lets the clocks of records go on by what has happened to them: a customer's mail, an answer. */
export async function followFacts(tx: Connection, scene: Scene, facts: readonly Fact[]): Promise<void> {
  const moving = facts.filter(({ entity, type }) => movesClocks(scene.model, entity, type));
  for (const [name, them] of Map.groupBy(moving, ({ entity }) => entity)) await followSome(tx, scene, name, them);
}

async function followSome(tx: Connection, scene: Scene, name: string, facts: readonly Fact[]): Promise<void> {
  const { model } = scene;
  const entity = entityOf(scene, name);
  await flush(tx, scene);
  const ids = [...new Set(facts.map(({ record }) => record))];
  const records = await lockRecords(tx, scene, entity, { ids, trash: "without" });
  const standing = await lockClocks(tx, scene, [...records.keys()]);
  const around = await surroundings(tx, scene, { entity, paths: slaPaths(model, name) }, [...records.values()]);
  const changed: ClockOf[] = [];
  const writes: RecordWrite[] = [];
  for (const [id, before] of records) {
    const is = { ...around, record: before };
    const own = (standing.get(id) ?? []).map(bareClock);
    const told = facts.filter(({ record }) => record === id).sort((one, other) => Number(one.at) - Number(other.at));
    const kept = told.reduce(
      ({ clocks }, { type, data, at }) =>
        keepClocks(model, name, clocks, { was: is, is, event: { type, data }, at: at.getTime() }),
      { clocks: own, values: {} } as ReturnType<typeof keepClocks>,
    );
    if (isDeepStrictEqual(kept.clocks, own)) continue;
    changed.push(...kept.clocks.map((clock) => ({ ...clock, record: id, entity: name })));
    writes.push({ act: "update", entity: name, id, before, after: kept.values });
  }
  await stage(tx, scene, [...rememberedClocks(scene, changed), ...clockParts(scene, changed)]);
  await writeRecords(tx, { ...scene, access: undefined }, writes);
}
