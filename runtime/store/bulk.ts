import {
  accessFor,
  besides,
  entityAccess,
  fault,
  nothingRead,
  planList,
  problem,
  readPatch,
  refuse,
  type Entity,
  type Fault,
  type PlannedWrite,
  type ReadValues,
  type RecordWrite,
  type Values,
} from "engine";
import { bind, lockListStatement } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import { beginMany, sortBeginnings } from "./begin-many.ts";
import { operate, type OperationTold, type Scene } from "./operation.ts";
import { slotsOf, type ReadScene } from "./read.ts";
import { readBack } from "./read-back.ts";
import { askedOf, changeOf, isId, lockChanging, refusalsOf, wholeFaults } from "./records.ts";
import { plain as withoutAsked } from "./step.ts";
import { hiddenAmong } from "./trash.ts";
import { planWhatHolds, type Sorted } from "./write.ts";
import { writeSettled } from "./write-settled.ts";

/** A change of many records at once: of those that a filter finds, or of some by name, or of those of them that it finds. */
export interface BulkRequest {
  readonly ids?: readonly string[];
  readonly filter?: string;
  readonly search?: string;
  /**
   * What is written into each; or they go to the trash, `alone` where nothing goes along or loses its reference to them;
   * or a process or journey begins on each.
   */
  readonly set?: Values;
  readonly trash?: true | "alone";
  readonly begin?: string;
  /** How many were meant when it was looked at; another number is refused. What a filter finds is not trashed without. */
  readonly expect?: number;
  readonly preview?: boolean;
}

/** What a bulk change does, in numbers. */
interface BulkCounts {
  /** Records that are meant. */
  readonly matched: number;
  readonly changed: number;
  /** Records that hold it already. */
  readonly unchanged: number;
  /** Other records that the caller sees and that change with them: what goes to the trash along, whose references are emptied. */
  readonly along: number;
  /** Records that stay as they are, because something stands against it. */
  readonly refused: number;
}

export interface Refusal {
  readonly id: string;
  readonly problems: readonly { readonly code: string; readonly path: string; readonly detail: string }[];
}

export interface BulkPreview extends BulkCounts {
  /** The first of those that are refused, and why. */
  readonly refusals: readonly Refusal[];
  /** The first of those that change and of those that are refused, as the caller reads them now. */
  readonly records: readonly unknown[];
}

export interface BulkDone extends BulkCounts {
  readonly operation: string;
  readonly refusals: readonly Refusal[];
}

/** How many records one bulk change means at most: it is one transaction. */
export const bulkMost = 10_000;
const samplesMost = 20;
const refusalsMost = 100;

/** Reads a request; tells all that is wrong with it at once. */
export function readBulk(body: Readonly<Record<string, unknown>>): BulkRequest {
  const faults: Fault[] = [];
  const wanted = (right: boolean, wanted: string, path = "") =>
    right || faults.push(fault("bulk.malformed", { wanted, path }));
  const { ids, filter, search, set, trash, begin, expect, preview, ...others } = body;
  for (const name of Object.keys(others)) faults.push(fault("query.unknown", { name, path: `/${name}` }));
  wanted(ids !== undefined || filter !== undefined, "`ids`, or a `filter`; an empty one means all");
  if (ids !== undefined) wanted(isList(ids), `a list of at most ${bulkMost} ids`, "/ids");
  for (const [name, text] of Object.entries({ filter, search }))
    wanted(text === undefined || typeof text === "string", "a text", `/${name}`);
  const acts = [set, trash, begin].filter((it) => it !== undefined);
  wanted(acts.length === 1, "one of `set`, `trash` and `begin`");
  wanted(begin === undefined || (typeof begin === "string" && begin !== ""), "the name of a process", "/begin");
  if (set !== undefined)
    wanted(isObject(set) && Object.keys(set as object).length > 0, "the values that are written into each", "/set");
  wanted(trash === undefined || trash === true || trash === "alone", '`true` or "alone"', "/trash");
  wanted(expect === undefined || Number.isSafeInteger(expect), "the number of records", "/expect");
  if (trash !== undefined && ids === undefined && preview !== true)
    wanted(expect !== undefined, "the number of records that a look at it (`preview`) has told", "/expect");
  wanted(preview === undefined || typeof preview === "boolean", "`true` or `false`", "/preview");
  refuse(faults);
  return body as unknown as BulkRequest;
}

const isList = (ids: unknown) =>
  Array.isArray(ids) && ids.length <= bulkMost && ids.every((id) => typeof id === "string" && isId(id));
const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

/** What the change would do, worked out on the locked rows themselves. Nothing is written. */
export async function previewBulk(scene: ReadScene, name: string, request: BulkRequest): Promise<BulkPreview> {
  const { workspace, principal, now } = scene;
  const told = { kind: "look", title: "Look at a bulk change", now, bulk: true, operation: newId(now) };
  const { result } = await operate(workspace, principal, told, async (tx, at) => {
    const meant = await readMeant(tx, at, name, request);
    if (request.begin !== undefined) return beginMeant(tx, at, name, { meant, workflow: request.begin, begins: false });
    const sorted = await planWhatHolds(tx, at, meant.writes);
    const samples = changedOf(sorted).slice(0, samplesMost);
    return { samples: samples.map(({ id }) => id), counts: await tellOf(tx, at, meant, sorted) };
  });
  const { counts } = result;
  const shown = [...result.samples, ...counts.refusals.map(({ id }) => id)];
  const records = await readBack(scene, name, [...new Set(shown)]);
  return { ...counts, records: records.map(({ text }) => JSON.parse(text) as unknown) };
}

/**
 * Writes into many records, moves them to the trash, or begins a process or journey on each, as one operation that one undo takes back. Records that the
 * caller may not change or that break a rule are left as they are and told; the others are written, all or none.
 */
export async function changeInBulk(scene: ReadScene, name: string, request: BulkRequest): Promise<BulkDone> {
  const { workspace, principal, now, model } = scene;
  const entity = model.entities.get(name);
  const workflow = model.workflows.get(request.begin ?? "")?.meta.title ?? request.begin;
  const act = request.trash ? "Trash" : workflow === undefined ? "Change" : `Begin ${workflow} on`;
  const title = `${act} many of ${entity?.plural ?? name}`;
  const told: OperationTold = { kind: "bulk", title: title.slice(0, 200), now, bulk: true };
  const { operation, result } = await operate(workspace, principal, told, async (tx, at) => {
    const meant = await readMeant(tx, at, name, request);
    if (request.begin !== undefined)
      return (await beginMeant(tx, at, name, { meant, workflow: request.begin, begins: true })).counts;
    return tellOf(tx, at, meant, await writeSettled(tx, at, meant.writes));
  });
  return { operation, ...result };
}

/** The records meant: what shall be written, and who is refused before anything is worked out. */
interface Meant {
  readonly writes: readonly RecordWrite[];
  readonly refusals: readonly Refusal[];
}

async function readMeant(tx: Connection, scene: Scene, name: string, request: BulkRequest): Promise<Meant> {
  const { model } = scene;
  const access = boundsOf(scene);
  const rights = entityAccess(model, access, name);
  const { entity } = rights;
  const right = request.trash ? "delete" : "update";
  if (rights.rule(right).kind === "none") throw problem("right.missing", { right: `${right} ${entity.plural}` });
  const read =
    request.set === undefined ? nothingRead : readPatch({ model, entity, access: rights, path: "/set" }, request.set);
  const ids = await lockMeant(tx, scene, name, request).catch(besides(read.faults));
  const rows = await lockChanging(tx, scene, entity, { ids, right, trash: "without", ...askedOf([read]) });
  if (read.faults.length > 0) refuse(await setFaults(tx, scene, entity, read, rows));
  const { values, conditional } = read;
  const alone = request.trash === "alone";
  const writes: RecordWrite[] = [];
  const refusals: Refusal[] = [];
  for (const [id, before] of rows) {
    const refused = refusalsOf(entity, right, before, conditional, "");
    if (refused.length > 0) refusals.push({ id, problems: refused });
    else if (request.trash) writes.push({ act: "trash", entity: name, id, before, after: values, alone });
    else writes.push({ act: "update", entity: name, id, before, after: values });
  }
  return { writes, refusals };
}

/** Begins a workflow on the records that are meant, or tells what that would do. */
async function beginMeant(
  tx: Connection,
  scene: Scene,
  name: string,
  how: { readonly meant: Meant; readonly workflow: string; readonly begins: boolean },
) {
  const { meant, workflow, begins } = how;
  const records = meant.writes.map(({ before }) => withoutAsked(before as Values));
  const sorted = await sortBeginnings(tx, scene, name, { workflow, records });
  if (begins) await beginMany(tx, scene, sorted);
  const own = [...sorted.refused].map(([id, { faults }]) => ({ id, problems: faults.map(plain) }));
  const refusals = [...meant.refusals, ...own];
  const counts = {
    matched: records.length + meant.refusals.length,
    changed: sorted.may.length,
    unchanged: 0,
    along: 0,
    refused: refusals.length,
    refusals: refusals.slice(0, refusalsMost),
  };
  return { samples: sorted.may.slice(0, samplesMost).map(({ id }) => String(id)), counts };
}

/** All that is wrong with the values that are to be written into each: what stands against them on every record besides. */
async function setFaults(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  read: ReadValues,
  rows: ReadonlyMap<string, Values>,
): Promise<readonly Fault[]> {
  const may = [...rows.values()].filter((before) => wholeFaults(entity, before, { path: "/set" }).length === 0);
  const writes = may.map((before) => changeOf(entity, before, { ...read, path: "/set" }));
  const { faults } = await planWhatHolds(tx, scene, writes);
  const [first = [], ...others] = [...faults.values()];
  const everywhere = first.filter(({ code, path }) =>
    others.every((them) => them.some((it) => it.code === code && it.path === path)),
  );
  const own = new Set(read.faults);
  return [...read.faults, ...everywhere.filter((it) => !own.has(it))];
}

async function lockMeant(tx: Connection, scene: Scene, name: string, request: BulkRequest): Promise<readonly string[]> {
  const { model, workspace } = scene;
  const access = boundsOf(scene);
  const { filter, search, expect } = request;
  const plan = planList(model, access, name, given({ filter, search }));
  const { sql, parameters } = lockListStatement(
    { model, schema: workspace.schema, access },
    plan,
    request.ids,
    bulkMost + 1,
  );
  const { rows } = await tx.query(sql, [...bind(parameters, slotsOf(scene))]);
  if (rows.length > bulkMost) throw problem("bulk.too_many", { most: bulkMost });
  if (expect !== undefined && rows.length !== expect)
    throw problem("bulk.moved", { expected: expect, found: rows.length });
  return rows.map(({ id }: { id: string }) => id);
}

/** A bulk change is always bounded by its caller's rights. */
const boundsOf = ({ model, access, principal }: Scene) => access ?? accessFor(model, principal);

const given = (query: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(query).flatMap(([name, text]) => (text ? [[name, text]] : [])));

async function tellOf(
  tx: Connection,
  scene: Scene,
  { writes, refusals }: Meant,
  sorted: Sorted,
): Promise<BulkCounts & { readonly refusals: readonly Refusal[] }> {
  const refused = [
    ...refusals,
    ...[...sorted.faults].map(([at, problems]) => ({ id: writes[at]?.id ?? "", problems })),
  ];
  const asked = writes.length - sorted.faults.size;
  const changed = changedOf({ ...sorted, writes: sorted.writes.slice(0, asked) }).length;
  const along = changedOf({ ...sorted, writes: sorted.writes.slice(asked) });
  return {
    matched: writes.length + refusals.length,
    changed,
    unchanged: asked - changed,
    along: along.length - (await hiddenAmong(tx, { ...scene, access: boundsOf(scene) }, along)).size,
    refused: refused.length,
    refusals: refused.slice(0, refusalsMost).map(({ id, problems }) => ({ id, problems: problems.map(plain) })),
  };
}

const changedOf = ({ writes }: Sorted): readonly PlannedWrite[] => writes.filter(({ changed }) => changed.length > 0);

const plain = ({ code, path, detail }: Refusal["problems"][number]) => ({ code, path, detail });
