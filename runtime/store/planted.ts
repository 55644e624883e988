import {
  fault,
  hasWorkedDefaults,
  pointer,
  problem,
  readNew,
  workedDefaults,
  type Entity,
  type Fault,
  type Inverse,
  type RecordWrite,
  type Values,
} from "engine";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import { besideUnmatched, matched } from "./matched.ts";
import type { Scene } from "./operation.ts";
import { entityOf } from "./rows.ts";
import { environmentOf } from "./rules.ts";

/** How many records one request writes at most. */
export const recordsMax = 1000;
const depthMost = 4;

/** A new record that is ready to be written, if nothing stands against it. */
export interface Planted {
  readonly write: RecordWrite;
  /** Whether it stands in another one of the request. */
  readonly below: boolean;
}

interface Seed {
  readonly entity: Entity;
  readonly id: string;
  readonly input: unknown;
  readonly path: string;
  readonly depth: number;
  /** What stands against how it was given: its place in a list, and lists in it. */
  readonly faults: Fault[];
}

/**
 * New records as a caller gave them, read: those of lists that stand in a record, under the name of the list, point at
 * it; references may say what their records hold (`matched`). Records come before what stands in them. What is wrong
 * with the values of a record stands in its write.
 */
export async function plantRecords(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  given: readonly { readonly input: unknown; readonly path: string }[],
): Promise<readonly Planted[]> {
  const seeds: Seed[] = [];
  for (const { input, path } of given)
    sow(scene, { entity, id: newId(scene.now), input, path, depth: 0, faults: [] }, seeds);
  if (seeds.length > recordsMax) throw problem("records.too_many", { most: recordsMax });
  const inputs = await matched(tx, scene, seeds);
  const at = new Map(seeds.map((seed, place) => [seed, inputs[place]!]));
  const known = new Map<string, Values>();
  const planted = new Map<Seed, Planted>();
  const levels = Map.groupBy(seeds, (seed) => `${seed.depth} ${seed.entity.name}`);
  for (const them of [...levels.values()].sort(([one], [other]) => one!.depth - other!.depth)) {
    const own = them[0]!.entity;
    const access = scene.access?.entity(own.name);
    const worked = await defaultsOf(
      tx,
      scene,
      own,
      them.map((seed) => at.get(seed)!.input),
      known,
    );
    for (const seed of them) {
      const { id, path, depth } = seed;
      const { input, faults } = at.get(seed)!;
      const read = readNew({ model: scene.model, entity: own, access, worked, path }, input);
      if (read.faults.length === 0) known.set(`${own.name} ${id}`, { ...read.values, id });
      const { values: after, ...checks } = besideUnmatched(read, path, faults);
      const all = [...seed.faults, ...checks.faults];
      const write = { act: "create", entity: own.name, id, after, path, ...checks, faults: all } as const;
      planted.set(seed, { write, below: depth > 0 });
    }
  }
  return seeds.flatMap((seed) => planted.get(seed) ?? []);
}

/** What stands against new records already. */
export const faultsOf = (planted: readonly Planted[]): readonly Fault[] =>
  planted.flatMap(({ write }) => write.faults ?? []);

/** A record, then what stands in its lists. */
function sow(scene: Scene, seed: Seed, seeds: Seed[]): void {
  const { entity, id, input, path, depth, faults } = seed;
  if (typeof input !== "object" || input === null || Array.isArray(input)) return void seeds.push(seed);
  const lists = Object.keys(input).flatMap((name) => {
    const list = entity.fields.has(name) ? undefined : listOf(scene, entity, name);
    return list ? [{ name, value: (input as Values)[name], list }] : [];
  });
  if (lists.length === 0) return void seeds.push(seed);
  const own = Object.fromEntries(Object.entries(input).filter(([name]) => !lists.some((it) => it.name === name)));
  seeds.push({ ...seed, input: own });
  for (const { name, value, list } of lists) {
    const place = `${path}/${pointer(name)}`;
    if (!Array.isArray(value)) faults.push(fault("list.malformed", { list: name, path: place }));
    else if (depth + 1 >= depthMost) faults.push(fault("list.too_deep", { most: depthMost, path: place }));
    else if (scene.access?.entity(list.entity)?.rule("create").kind === "none")
      faults.push(fault("right.missing", { right: `create records of "${list.entity}"`, path: place }));
    else
      for (const [n, child] of value.entries()) {
        if (seeds.length > recordsMax) return;
        sow(scene, childOf(scene, list, { id, path: `${place}/${n}`, depth, input: child }), seeds);
      }
  }
}

function childOf(
  scene: Scene,
  { entity, on, reference }: Inverse,
  { id, path, depth, input }: Omit<Seed, "entity" | "faults">,
): Seed {
  const { name } = reference;
  const given = typeof input === "object" && input !== null && !Array.isArray(input);
  const twice = given && Object.hasOwn(input, name);
  const faults = twice ? [fault("list.reference", { field: name, path: `${path}/${name}` })] : [];
  const points = reference.targets.length > 1 ? { entity: on, id } : id;
  const child = given ? { ...input, [name]: points } : input;
  return { entity: entityOf(scene, entity), id: newId(scene.now), input: child, path, depth: depth + 1, faults };
}

/** A list of the entity, as far as the caller knows of it. */
function listOf({ access }: Scene, entity: Entity, name: string): Inverse | undefined {
  const list = entity.inverses.get(name);
  const own = list && access?.entity(list.entity);
  if (!list || !access) return list;
  return own && own.readable(list.reference).kind !== "none" ? list : undefined;
}

/** What defaults work out for each of the records given; they may look through the references that these hold. */
async function defaultsOf(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  given: readonly unknown[],
  known: ReadonlyMap<string, Values>,
): Promise<(values: Values) => Values> {
  const { model } = scene;
  if (!hasWorkedDefaults(model, entity)) return () => ({});
  // What is missing may be what a default gives.
  const plain = given
    .map((input) => readNew({ model, entity }, input))
    .filter(({ faults }) => faults.every(({ code }) => code === "value.missing"));
  const around = await environmentOf(
    tx,
    scene,
    entity,
    plain.map(({ values }) => values),
    known,
  );
  return (values) => workedDefaults(model, entity, { ...around, record: values });
}
