import {
  besideAddresses,
  convertRow,
  foundKeys,
  matchKey,
  planRow,
  readPatch,
  refuse,
  type Conversion,
  type Entity,
  type Fault,
  type ImportMapping,
  type ReadyRow,
  type RecordWrite,
  type RowOutcome,
  type Values,
} from "engine";
import { writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import type { CsvRow } from "../csv.ts";
import { newId } from "../id.ts";
import { flush } from "./commit.ts";
import { resolveNames } from "./import-names.ts";
import { cellTrouble, faultTrouble, resultOf, type BatchResult, type Trouble } from "./import-troubles.ts";
import { alike } from "./matched.ts";
import type { Scene } from "./operation.ts";
import { changeOf, lockChanging, refusalsOf } from "./records.ts";
import { conditionOf, rowsOf, targetOf, veiledOn } from "./rows.ts";
import { planWhatHolds } from "./write.ts";
import { unwritableField } from "./write-rights.ts";
import { writeSettled } from "./write-settled.ts";

/**
 * Brings a batch of rows in, in the scene's transaction. Rows that do not hold are left out and told, each with all that
 * stands against it; a row that names the record of an earlier one in the same batch waits for the next turn.
 */
export async function importRows(
  tx: Connection,
  scene: Scene,
  conversion: Conversion,
  rows: readonly CsvRow[],
): Promise<BatchResult> {
  const read = rows.map((row) => ({ row, converted: convertRow(conversion, row.cells) }));
  const names = await resolveNames(tx, scene, conversion, read, false);
  const troubles: Trouble[] = [];
  let open: ReadyRow[] = [];
  const unread: UnreadRow[] = [];
  for (const { row, converted } of read) {
    const own = [...converted.problems.map((it) => cellTrouble(row, it)), ...names.troublesOf(row, converted)];
    const named = names.valuesOf(converted);
    const ready = { number: row.number, values: { ...converted.values, ...named }, state: converted.state };
    if (own.length === 0) open.push(ready);
    else unread.push({ ...ready, unread: new Set([...fieldsOf(conversion, own), ...emptyOf(named)]) });
    troubles.push(...own);
  }
  const counts = { created: 0, updated: 0, unchanged: 0 };
  while (open.length > 0) {
    const { now, later } = firstOfEach(conversion, open);
    const done = await writeBatch(tx, scene, conversion, now);
    for (const act of ["created", "updated", "unchanged"] as const) counts[act] += done[act];
    for (const { row, faults } of done.rejected)
      troubles.push(...faults.map((it) => faultTrouble(conversion, rows, row, it)));
    open = [...done.waiting, ...later].sort((one, other) => one.number - other.number);
  }
  for (const { row, faults } of await againstUnread(tx, scene, conversion, unread))
    troubles.push(...faults.map((it) => faultTrouble(conversion, rows, row, it)));
  troubles.sort((one, other) => one.number - other.number);
  return resultOf(rows, { ...counts, also: names.made }, troubles);
}

type UnreadRow = ReadyRow & Required<Pick<ReadyRow, "unread">>;

/** The fields of the columns that troubles are told of. */
const fieldsOf = ({ mapping: { columns } }: Conversion, troubles: readonly Trouble[]) =>
  troubles.flatMap(({ column }) =>
    columns.filter((it) => it.column === column).flatMap(({ fields }) => fields.map(({ name }) => name)),
  );

/** References whose names stand for nothing: a row that is left out makes none. */
const emptyOf = (named: Values) => Object.keys(named).filter((name) => named[name] === null);

/**
 * What stands against rows with cells that cannot be read besides, as far as the others tell. Where it is not known which
 * record a row means or in which state, nothing is.
 */
async function againstUnread(
  tx: Connection,
  scene: Scene,
  conversion: Conversion,
  rows: readonly UnreadRow[],
): Promise<readonly Rejected[]> {
  const { match, state } = conversion.mapping;
  const needed = [...match, ...(state ? [state.field] : [])];
  let open: readonly ReadyRow[] = rows.filter(({ unread }) => !needed.some(({ name }) => unread.has(name)));
  const rejected: Rejected[] = [];
  while (open.length > 0) {
    const { now, later } = firstOfEach(conversion, open);
    const { acting, writes, states, refused, waiting } = await planBatch(tx, scene, conversion, now);
    const { faults } = await planWhatHolds(tx, scene, writes, { states });
    rejected.push(...refused, ...[...faults].map(([at, found]) => ({ row: acting[at]!.row, faults: found })));
    open = [...waiting, ...later];
  }
  return rejected;
}

/** Sets the references by which rows name other rows of the same entity: these stand now. */
export async function linkRows(
  tx: Connection,
  scene: Scene,
  conversion: Conversion,
  rows: readonly CsvRow[],
): Promise<BatchResult> {
  const read = rows
    .map((row) => ({ row, converted: convertRow(conversion, row.cells) }))
    .filter(({ converted }) => converted.problems.length === 0);
  const names = await resolveNames(tx, scene, conversion, read, true);
  const troubles = read.flatMap(({ row, converted }) => names.troublesOf(row, converted));
  const keyed = await resolveNames(tx, scene, conversion, read, false);
  const ready = read.map(({ row, converted }) => ({
    number: row.number,
    values: { ...converted.values, ...keyed.valuesOf(converted) },
    links: names.valuesOf(converted),
    state: converted.state,
  }));
  const { entity } = conversion.mapping;
  const existing = await findExisting(tx, scene, conversion, ready);
  const linking = ready.flatMap(({ number, links }) => {
    const before = existing.get(number)?.record;
    const changed = before ? Object.entries(links).filter(([name, value]) => before[name] !== value) : [];
    if (!before || changed.length === 0) return [];
    const { conditional } = readPatch(askingOf(scene, conversion), Object.fromEntries(changed));
    const write = updateOf(entity, before, Object.fromEntries(changed));
    return [{ number, conditional, write, refused: refusalsOf(entity, "update", before, conditional, "") }];
  });
  const made = await madeBy(
    tx,
    scene,
    linking.flatMap(({ refused, write }) => (refused.length > 0 ? write.id : [])),
  );
  const isRefused = ({ refused, write }: (typeof linking)[number]) => refused.length > 0 && !made.has(write.id);
  for (const it of linking.filter(isRefused))
    troubles.push(...it.refused.map((found) => faultTrouble(conversion, rows, it, found)));
  const held = linking.filter((it) => !isRefused(it));
  const { faults } = await writeSettled(
    tx,
    scene,
    held.map(({ write, conditional }) => (made.has(write.id) ? { ...write, conditional } : write)),
  );
  for (const [at, found] of faults) troubles.push(...found.map((it) => faultTrouble(conversion, rows, held[at]!, it)));
  return resultOf([], { created: 0, updated: 0, unchanged: 0, also: {} }, troubles);
}

/** Those of some records that this import has made: what it says of them is part of making them. */
async function madeBy(
  tx: Connection,
  { workspace, operation }: Scene,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const { rows } = await tx.query(
    `select record from ${workspace.schema}._history where operation = $1 and act = 'create' and record = any($2::uuid[])`,
    [operation, ids],
  );
  return new Set((rows as { record: string }[]).map(({ record }) => record));
}

/** Rows that name a record which an earlier row names as well come later: they change what that one has made. */
function firstOfEach({ mapping }: Conversion, rows: readonly ReadyRow[]): { now: ReadyRow[]; later: ReadyRow[] } {
  const seen = new Set<string>();
  const split = { now: [] as ReadyRow[], later: [] as ReadyRow[] };
  for (const row of rows) {
    const key = matchKey(mapping, row.values);
    split[key !== undefined && seen.has(key) ? "later" : "now"].push(row);
    for (const it of foundKeys(mapping, row.values)) seen.add(it);
  }
  return split;
}

interface Rejected {
  readonly row: ReadyRow;
  readonly faults: readonly Fault[];
}

/** What rows want written, and which of them may change nothing of their records; of several about one record the first. */
async function planBatch(tx: Connection, scene: Scene, conversion: Conversion, rows: readonly ReadyRow[]) {
  const { mapping } = conversion;
  const existing = await findExisting(tx, scene, conversion, rows);
  const about = Map.groupBy(rows, ({ number }) => existing.get(number)?.record.id ?? `row ${number}`);
  const waiting = [...about.values()].flatMap(([, ...others]) => others);
  const asking = { model: scene.model, access: scene.access!, mapping };
  const rights = scene.access?.entity(mapping.entity.name);
  const outcomes = [...about.values()].map(([row]): RowOutcome => {
    const found = existing.get(row!.number);
    const values = found && !found.own && besideAddresses(mapping.entity, mapping.match, found.record, row!.values);
    const veiled = found && rights && veiledOn(rights, found.record);
    return planRow(asking, values ? { ...row!, values } : row!, found?.record, veiled);
  });
  const refused: Rejected[] = [];
  const acting = outcomes.filter((it): it is Acting => {
    if (it.act === "unchanged") return false;
    const faults = it.act === "update" ? refusalsOf(mapping.entity, "update", it.existing, [], "") : [];
    if (faults.length > 0) refused.push({ row: it.row, faults });
    return faults.length === 0;
  });
  const writes = acting.map((it) => writeOf(scene, conversion, it));
  const states = new Map(
    acting.flatMap(({ row }, at) => (row.state === undefined ? [] : [[writes[at]!.id, row.state] as const])),
  );
  const unchanged = outcomes.length - acting.length - refused.length;
  return { acting, writes, states, refused, waiting, unchanged };
}

async function writeBatch(tx: Connection, scene: Scene, conversion: Conversion, rows: readonly ReadyRow[]) {
  const { acting, writes, states, refused, waiting, unchanged } = await planBatch(tx, scene, conversion, rows);
  const { faults } = await writeSettled(tx, scene, writes, { states });
  const made = acting.flatMap(({ act }, at) => (act === "create" && !faults.has(at) ? [writes[at]!.id] : []));
  const inStates = made.filter((id) => states.has(id));
  await refuseStates(tx, scene, conversion.mapping, inStates);
  const updated = acting.filter(({ act }, at) => act === "update" && !faults.has(at)).length;
  const rejected = [...refused, ...[...faults].map(([at, found]) => ({ row: acting[at]!.row, faults: found }))];
  return { waiting, created: made.length, updated, unchanged, rejected };
}

type Acting = Exclude<RowOutcome, { readonly act: "unchanged" }>;

function writeOf(scene: Scene, conversion: Conversion, outcome: Acting): RecordWrite {
  const { entity } = conversion.mapping;
  if (outcome.act === "update") return changeOf(entity, outcome.existing, { ...outcome.read, path: "" });
  const { values: after, ...checks } = outcome.read;
  const past = pastOf(conversion, outcome.row);
  return { act: "create", entity: entity.name, id: newId(scene.now), after, past, ...checks };
}

const updateOf = ({ name }: Entity, before: Values, after: Values): RecordWrite => ({
  act: "update",
  entity: name,
  id: String(before.id),
  before,
  after,
});

const askingOf = ({ model, access }: Scene, { mapping: { entity } }: Conversion) => ({
  model,
  entity,
  access: access?.entity(entity.name),
});

/** Refuses new records in a state that the importer's right to bypass the workflow does not cover. */
async function refuseStates(
  tx: Connection,
  scene: Scene,
  { entity, state }: ImportMapping,
  ids: readonly string[],
): Promise<void> {
  const rule = scene.access?.entity(entity.name)?.rule("bypass");
  if (!state || ids.length === 0 || !rule || rule.kind === "all") return;
  await flush(tx, scene);
  const against = writing.rowsAgainst(targetOf(scene, entity), ids, conditionOf(scene, entity, rule));
  const [one] = await rowsOf<{ id: string }>(tx, scene, against);
  if (one) refuse([unwritableField(state.field)]);
}

/** The states that a record has been in, by the dates that its row declares. */
function pastOf({ mapping: { state, dates }, ends }: Conversion, row: ReadyRow) {
  if (!state || row.state === undefined) return [];
  const field = state.field.name;
  const declared = [...dates].flatMap(([key, { name }]) => {
    const on = row.values[name];
    const relevant = key === row.state || !ends.has(key);
    return typeof on === "string" && relevant ? [{ key, at: on.length === 10 ? `${on}T00:00:00.000Z` : on }] : [];
  });
  const ordered = declared.sort((one, other) => (one.at < other.at ? -1 : 1));
  return ordered.map(({ key, at }, index) => ({
    at,
    before: { [field]: ordered[index - 1]?.key ?? null },
    after: { [field]: key },
  }));
}

/** A record that a row is about, whole and locked. */
interface Existing {
  readonly record: Values;
  /** Whether it was found by the very fields that match, and not by another address of hers. */
  readonly own: boolean;
}

/** The records that rows are about, by the number of the row, each asked what the importer's rights say of it. */
async function findExisting(
  tx: Connection,
  scene: Scene,
  { mapping }: Conversion,
  rows: readonly ReadyRow[],
): Promise<ReadonlyMap<number, Existing>> {
  const keyed = rows.filter((row) => matchKey(mapping, row.values) !== undefined);
  if (keyed.length === 0) return new Map();
  const given = keyed.map(({ values }) => values);
  const found = (await alike(tx, scene, mapping.entity, mapping.match, given)).filter(({ visible }) => visible);
  const rights = scene.access?.entity(mapping.entity.name);
  const filled = mapping.columns.flatMap(({ fields }) => fields).filter(({ type }) => type.name !== "state");
  const records = await lockChanging(tx, scene, mapping.entity, {
    ids: [...new Set(found.map(({ id }) => id))],
    right: "update",
    trash: "without",
    conditional: filled.filter((field) => rights && rights.writable(field, "update").kind !== "all"),
    given: new Set(mapping.columns.flatMap(({ fields }) => fields.map(({ name }) => name))),
  });
  return new Map(
    found.flatMap(({ at, id, own }) => {
      const record = records.get(id);
      return record ? [[keyed[at]!.number, { record, own }] as const] : [];
    }),
  );
}
