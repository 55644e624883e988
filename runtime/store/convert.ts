import {
  becoming,
  conversionPaths,
  convertible,
  fault,
  foundBy,
  isNeverHidden,
  pointsAtMade,
  problem,
  refuse,
  type Becoming,
  type Entity,
  type Environment,
  type Fault,
  type Field,
  type RecordWrite,
  type Values,
} from "engine";
import { finding, writing } from "engine/sql";
import type { ConversionDocument, Made } from "schemas";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import { copyFiles } from "./attachments.ts";
import { flush } from "./commit.ts";
import type { Scene } from "./operation.ts";
import { faultsOf, plantRecords } from "./planted.ts";
import { lockChanging, makeRecords, patchRecords, refusalsOf, rightsOf } from "./records.ts";
import { conditionOf, entityOf, lockRecords, rowsOf, targetOf } from "./rows.ts";
import { surroundings } from "./run.ts";
import { sendAll } from "./send-all.ts";
import { plain } from "./step.ts";
import { writeRecords } from "./write.ts";

/** So many records are converted as one operation. */
export const convertedMost = 100;
const candidatesMost = 5;

/** Which records become something else, and what was chosen among what was found. */
export interface Converting {
  readonly conversion: string;
  readonly ids: readonly string[];
  /** Of one record: by what is made the id of the record found that is meant; null makes a new one whatever is found. */
  readonly choose: Readonly<Record<string, string | null>>;
}

/** A record that stands for what a conversion makes, and what its reader calls it. */
interface Candidate {
  readonly id: string;
  readonly name: string | null;
}

/** What has become of one entry for one record. */
export interface MadeRecord {
  readonly name: string;
  readonly entity: string;
  readonly id: string;
  /** Whether it stood already. */
  readonly found: boolean;
}

export interface Converted {
  readonly id: string;
  readonly made: readonly MadeRecord[];
}

/** What would become of one entry for one record. */
export interface MadeForeseen {
  readonly name: string;
  readonly entity: string;
  readonly does: "make" | "find" | "skip";
  readonly found: readonly Candidate[];
  readonly values: Values;
  readonly problems: readonly Fault[];
}

export interface ConversionForeseen {
  readonly id: string;
  readonly problems: readonly Fault[];
  readonly makes: readonly MadeForeseen[];
}

interface Source {
  readonly id: string;
  readonly record: Values;
  readonly made: Map<string, MadeRecord>;
}

/** What is needed to convert: the document, the records locked, and what their expressions see. */
interface Stage {
  readonly conversion: ConversionDocument;
  readonly entity: Entity;
  readonly around: Omit<Environment, "record">;
  readonly sources: readonly Source[];
  readonly faults: ReadonlyMap<string, readonly Fault[]>;
}

/**
 * Turns records into what their conversion says: for each, records are found where they stand or made, references set
 * between them, and what hangs on the record goes along; then it is told by its event. All of it happens in the scene's
 * transaction, by the rights of who asks; a record that was converted before is refused.
 */
export async function convert(
  tx: Connection,
  scene: Scene,
  name: string,
  asked: Converting,
): Promise<readonly Converted[]> {
  const stage = await stageOf(tx, scene, name, asked);
  refuse([...stage.faults.values()].flat());
  const { conversion, entity, sources } = stage;
  for (const made of conversion.makes) await makeAll(tx, scene, stage, made, asked.choose);
  await writeRecords(tx, scene, [...pointing(stage), ...(await going(tx, scene, stage))]);
  if (conversion.files !== undefined) {
    const pairs = sources.flatMap(({ id, made }) => {
      const to = made.get(conversion.files ?? "");
      return to ? [{ from: id, to: to.id, entity: entityOf(scene, to.entity) }] : [];
    });
    await copyFiles(tx, scene, pairs);
  }
  const ids = sources.map(({ id }) => id);
  if (conversion.event !== undefined) await sendAll(tx, scene, entity.name, { ids, type: conversion.event });
  return sources.map(({ id, made }) => ({ id, made: [...made.values()] }));
}

/** What `convert` would do, and what stands against it. Nothing is written. */
export async function foreseeConversion(
  tx: Connection,
  scene: Scene,
  name: string,
  asked: Converting,
): Promise<readonly ConversionForeseen[]> {
  const stage = await stageOf(tx, scene, name, asked);
  const makes = new Map<string, MadeForeseen[]>(stage.sources.map(({ id }) => [id, []]));
  for (const made of stage.conversion.makes) {
    const planned = await planMade(tx, scene, stage, made, {});
    for (const { source, does, found, values } of planned) {
      const to = does === "find" ? found[0]!.id : newId(scene.now);
      if (does !== "skip") source.made.set(made.name, { name: made.name, entity: made.entity, id: to, found: true });
      const problems = does === "make" ? await againstMaking(tx, scene, made, values) : [];
      const told = shownIn(scene, made, values);
      makes.get(source.id)?.push({ name: made.name, entity: made.entity, does, found, values: told, problems });
    }
  }
  return asked.ids.map((id) => ({ id, problems: stage.faults.get(id) ?? [], makes: makes.get(id) ?? [] }));
}

/** Values as they are told beforehand: in fields that hide from the asker on some records they are not. */
function shownIn(scene: Scene, { entity: name }: Made, values: Values): Values {
  const { fields } = entityOf(scene, name);
  const access = scene.access?.entity(name);
  return Object.fromEntries(Object.entries(values).filter(([field]) => isNeverHidden(access, fields.get(field)!)));
}

/** A conversion of a record, and what stands against it now. */
export interface ConversionOffer {
  readonly name: string;
  readonly title: string;
  readonly allowed: boolean;
  readonly problems: readonly Fault[];
}

/** What a record may be converted by, and why not, where its condition does not hold or it was done before. */
export async function conversionsFor(
  tx: Connection,
  scene: Scene,
  name: string,
  id: string,
): Promise<readonly ConversionOffer[]> {
  const offers: ConversionOffer[] = [];
  for (const { $id, title, entity } of scene.model.conversions.values()) {
    if (entity !== name) continue;
    const { faults } = await stageOf(tx, scene, name, { conversion: $id, ids: [id], choose: {} });
    const problems = faults.get(id) ?? [];
    offers.push({ name: $id, title, allowed: problems.length === 0, problems });
  }
  return offers;
}

async function stageOf(tx: Connection, scene: Scene, name: string, asked: Converting): Promise<Stage> {
  const { entity } = rightsOf(scene, name);
  const conversion = scene.model.conversions.get(asked.conversion);
  if (conversion?.entity !== name) throw problem("conversion.unknown", { conversion: asked.conversion });
  const rows = await lockChanging(tx, scene, entity, { ids: asked.ids, right: "update", trash: "without" });
  const records = [...rows.values()].map(plain);
  const around = await surroundings(tx, scene, { entity, paths: conversionPaths(scene.model, conversion) }, records);
  const faults = new Map<string, readonly Fault[]>();
  for (const [at, id] of asked.ids.entries()) {
    const path = `/ids/${at}`;
    const record = rows.get(id);
    const against = record
      ? againstOne(scene, conversion, entity, { ...around, record }, path)
      : [fault("record.missing", { entity: name, path })];
    if (against.length > 0) faults.set(id, against);
  }
  const sources = records.map((record): Source => ({ id: String(record.id), record, made: new Map() }));
  return { conversion, entity, around, sources, faults };
}

function againstOne(
  { model }: Scene,
  conversion: ConversionDocument,
  entity: Entity,
  environment: Environment & { readonly record: Values },
  path: string,
): readonly Fault[] {
  const { record } = environment;
  const refused = refusalsOf(entity, "update", record, [], path);
  if (refused.length > 0) return refused;
  if (conversion.makes.some(({ into }) => into !== undefined && (record[into] ?? null) !== null))
    return [fault("conversion.done", { path })];
  return convertible(model, conversion, environment) ? [] : [fault("conversion.refused", { path })];
}

/** What one entry comes to for one record. */
interface PlannedMade extends Pick<MadeForeseen, "does" | "found" | "values"> {
  readonly source: Source;
  /** Records of one request that look for the same are given the same. */
  readonly key: string;
}

async function planMade(
  tx: Connection,
  scene: Scene,
  { conversion, around, sources }: Stage,
  made: Made,
  choose: Converting["choose"],
): Promise<readonly PlannedMade[]> {
  const access = scene.access?.entity(made.entity);
  const becomings = sources.map(({ record }) => becoming(scene.model, conversion, made, { ...around, record }, access));
  const found = await standing(tx, scene, made, becomings);
  return sources.map((source, at): PlannedMade => {
    const { wanted, looks, values } = becomings[at]!;
    const all = found.get(at) ?? [];
    const chosen = choose[made.name];
    if (typeof chosen === "string" && !all.some(({ id }) => id === chosen))
      throw problem("conversion.chosen", { name: made.name, path: `/choose/${made.name}` });
    const meant = chosen === null ? [] : chosen === undefined ? all : all.filter(({ id }) => id === chosen);
    const does = !wanted ? "skip" : meant.length > 0 ? "find" : "make";
    const [first] = looks;
    const key = first && chosen === undefined ? `${first.field} ${first.value}` : `own ${at}`;
    return { source, does, found: meant.slice(0, candidatesMost), values: filled(scene, made, source, values), key };
  });
}

/** Values with what was made before in the places that name it; what was not made leaves its place empty. */
function filled(scene: Scene, { entity: name }: Made, { made }: Source, values: Values): Values {
  const entity = entityOf(scene, name);
  const entries = Object.entries(values).map(([field, value]) => {
    if (!pointsAtMade(value)) return [field, value] as const;
    const to = made.get(value.made);
    return [field, to ? pointer(entity, field, to) : null] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

const pointer = (of: Entity, field: string, { entity, id }: Pick<MadeRecord, "entity" | "id">) =>
  (of.fields.get(field)?.targets.length ?? 0) > 1 ? { entity, id } : id;

/** The records that stand already for an entry, by the place of the record converted: with one statement for each look. */
async function standing(
  tx: Connection,
  scene: Scene,
  made: Made,
  becomings: readonly Becoming[],
): Promise<ReadonlyMap<number, readonly Candidate[]>> {
  const entity = entityOf(scene, made.entity);
  const access = scene.access?.entity(made.entity);
  const found = new Map<number, readonly Candidate[]>();
  await flush(tx, scene);
  const tries = (made.match ?? []).flatMap(({ field, as = "text" }) =>
    foundAs(entity, field, as).map((by) => ({ name: field, as, field: by })),
  );
  for (const { name, as, field } of tries) {
    if (!isNeverHidden(access, field)) continue;
    const open = becomings.flatMap(({ looks, wanted }, at) => {
      const look = wanted && !found.has(at) ? looks.find((it) => it.field === name && it.as === as) : undefined;
      return look ? [{ at, text: look.value }] : [];
    });
    if (open.length === 0) continue;
    const rule = access?.rule("read");
    const { nameField } = entity;
    const piece = finding.rowsFound(targetOf(scene, entity), field, {
      as,
      texts: open.map(({ text }) => text),
      shown: nameField && isNeverHidden(access, nameField) ? nameField : undefined,
      visible: rule && rule.kind !== "all" ? conditionOf(scene, entity, rule) : undefined,
    });
    const rows = await rowsOf<Candidate & { at: number }>(tx, scene, piece);
    for (const [place, them] of Map.groupBy(rows, ({ at }) => at))
      found.set(
        open[place]!.at,
        them.map(({ id, name }) => ({ id, name })),
      );
  }
  return found;
}

/** By which fields a look finds; in a domain are the addresses of one field alone. */
function foundAs(entity: Entity, name: string, as: "text" | "domain"): readonly Field[] {
  const field = entity.fields.get(name);
  if (!field) return [];
  return as === "text" ? foundBy(entity, field) : [field];
}

async function makeAll(
  tx: Connection,
  scene: Scene,
  stage: Stage,
  made: Made,
  choose: Converting["choose"],
): Promise<void> {
  const planned = await planMade(tx, scene, stage, made, choose);
  const path = `/makes/${made.name}`;
  const fresh = [
    ...Map.groupBy(
      planned.filter(({ does }) => does === "make"),
      ({ key }) => key,
    ).values(),
  ];
  const seeds = fresh.map(([first]) => ({ input: first!.values, path }));
  const ids = seeds.length > 0 ? await makeRecords(tx, scene, made.entity, seeds) : [];
  const note = ({ source }: PlannedMade, id: string, found: boolean) =>
    source.made.set(made.name, { name: made.name, entity: made.entity, id, found });
  for (const [at, them] of fresh.entries()) for (const one of them) note(one, ids[at]!, false);
  const standing = planned.filter(({ does }) => does === "find");
  for (const one of standing) note(one, one.found[0]!.id, true);
  if (made.fill) await fillEmpty(tx, scene, made, standing);
}

/** Writes into records that were found what is empty in them. */
async function fillEmpty(tx: Connection, scene: Scene, made: Made, found: readonly PlannedMade[]): Promise<void> {
  const byId = new Map(found.map((it) => [it.found[0]!.id, it.values]));
  const rows = await lockRecords(tx, scene, entityOf(scene, made.entity), { ids: [...byId.keys()], trash: "without" });
  const patches = [...rows].flatMap(([id, row]) => {
    const open = Object.entries(byId.get(id) ?? {}).filter(([name]) => (row[name] ?? null) === null);
    return open.length > 0 ? [{ id, input: Object.fromEntries(open), path: `/makes/${made.name}` }] : [];
  });
  if (patches.length > 0) await patchRecords(tx, scene, made.entity, patches);
}

/** What stands against making one record: rights and values. */
async function againstMaking(tx: Connection, scene: Scene, made: Made, values: Values): Promise<readonly Fault[]> {
  const { entity, access } = rightsOf(scene, made.entity);
  if (access?.rule("create").kind === "none")
    return [fault("right.missing", { right: `create records of "${entity.name}"` })];
  return faultsOf(await plantRecords(tx, scene, entity, [{ input: values, path: "" }]));
}

/** The references of the converted records to what they became. */
function pointing({ conversion, entity, sources }: Stage): readonly RecordWrite[] {
  return sources.flatMap(({ id, made }) => {
    const after = conversion.makes.flatMap(({ name, into }) => {
      const to = made.get(name);
      return into !== undefined && to ? [[into, pointer(entity, into, to)] as const] : [];
    });
    return after.length > 0 ? [{ act: "update", entity: entity.name, id, after: Object.fromEntries(after) }] : [];
  });
}

/** What hangs on the records and goes along. It is what the conversion says, whoever asks for it. */
async function going(tx: Connection, scene: Scene, stage: Stage): Promise<readonly RecordWrite[]> {
  const { conversion, entity, sources } = stage;
  const writes: RecordWrite[] = [];
  for (const { list, set } of conversion.moves ?? []) {
    const inverse = entity.inverses.get(list);
    if (!inverse) continue;
    const child = entityOf(scene, inverse.entity);
    const ids = sources.map(({ id }) => id);
    const piece = writing.rowsListed(targetOf(scene, child), inverse.reference, entity.name, ids);
    for (const { record } of await rowsOf<{ record: Values }>(tx, scene, piece)) {
      const source = sources.find(({ id }) => id === idOf(record[inverse.reference.name]));
      const after = Object.entries(set).flatMap(([field, name]) => {
        const to = source?.made.get(name);
        return to ? [[field, pointer(child, field, to)] as const] : [];
      });
      if (after.length > 0)
        writes.push({
          act: "update",
          entity: child.name,
          id: String(record.id),
          along: true,
          after: Object.fromEntries(after),
        });
    }
  }
  return writes;
}

const idOf = (value: unknown) =>
  typeof value === "object" && value !== null && "id" in value ? String(value.id) : String(value);
