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
import { lockChanging, refusalsOf, unwritable, unwritableField } from "./records.ts";
import { conditionOf, rowsOf, targetOf } from "./rows.ts";
import { writeWhatHolds } from "./write.ts";

/**
 * Brings a batch of rows in, in the scene's transaction. Rows that do not hold are left out and told; a row that names
 * the record of an earlier one in the same batch waits for the next turn.
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
  for (const { row, converted } of read) {
    const own = [...converted.problems.map((it) => cellTrouble(row, it)), ...names.troublesOf(row, converted)];
    if (own.length > 0) troubles.push(...own);
    else
      open.push({
        number: row.number,
        values: { ...converted.values, ...names.valuesOf(converted) },
        state: converted.state,
      });
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
  return resultOf(rows, { ...counts, also: names.made }, troubles);
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
    return [{ number, before, conditional, write, refused: refusalsOf(entity, "update", before, conditional, "") }];
  });
  const made = await madeBy(
    tx,
    scene,
    linking.flatMap(({ refused, write }) => (refused.length > 0 ? write.id : [])),
  );
  const [held, refused] = [
    linking.filter((it) => it.refused.length === 0 || made.has(it.write.id)),
    linking.filter((it) => it.refused.length > 0 && !made.has(it.write.id)),
  ];
  for (const it of refused) troubles.push(...it.refused.map((found) => faultTrouble(conversion, rows, it, found)));
  await writeWhatHolds(
    tx,
    scene,
    held.map(({ write }) => write),
  );
  refuse(
    await unwritable(
      tx,
      scene,
      held.filter(({ write }) => made.has(write.id)),
    ),
  );
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

async function writeBatch(tx: Connection, scene: Scene, conversion: Conversion, rows: readonly ReadyRow[]) {
  const { mapping } = conversion;
  const existing = await findExisting(tx, scene, conversion, rows);
  const about = Map.groupBy(rows, ({ number }) => existing.get(number)?.record.id ?? `row ${number}`);
  const waiting = [...about.values()].flatMap(([, ...others]) => others);
  const asking = { model: scene.model, access: scene.access!, mapping };
  const outcomes = [...about.values()].map(([row]): RowOutcome => {
    const found = existing.get(row!.number);
    const values = found && !found.own && besideAddresses(mapping.entity, mapping.match, found.record, row!.values);
    const planned = planRow(asking, values ? { ...row!, values } : row!, found?.record);
    if (planned.act !== "update") return planned;
    const faults = refusalsOf(mapping.entity, "update", planned.existing, planned.conditional, "");
    return faults.length > 0 ? { act: "reject", row: planned.row, faults } : planned;
  });
  const acting = outcomes.filter((it) => it.act === "create" || it.act === "update");
  const writes = acting.map((it) => writeOf(scene, conversion, it));
  const states = new Map(
    acting.flatMap(({ row }, at) => (row.state === undefined ? [] : [[writes[at]!.id, row.state] as const])),
  );
  const { faults } = await writeWhatHolds(tx, scene, writes, { states });
  const made = acting.flatMap(({ act, conditional }, at) =>
    act === "create" && !faults.has(at) ? [{ write: writes[at]!, conditional }] : [],
  );
  refuse(await unwritable(tx, scene, made));
  await refuseStates(
    tx,
    scene,
    mapping,
    made.flatMap(({ write: { id } }) => (states.has(id) ? id : [])),
  );
  const held = (act: RowOutcome["act"]) => acting.filter((it, at) => it.act === act && !faults.has(at)).length;
  const refused = outcomes.flatMap((it) => (it.act === "reject" ? [{ row: it.row, faults: it.faults }] : []));
  return {
    waiting,
    created: held("create"),
    updated: held("update"),
    unchanged: outcomes.filter(({ act }) => act === "unchanged").length,
    rejected: [...refused, ...[...faults].map(([at, found]) => ({ row: acting[at]!.row, faults: found }))],
  };
}

function writeOf(
  scene: Scene,
  conversion: Conversion,
  outcome: RowOutcome & { readonly act: "create" | "update" },
): RecordWrite {
  const entity = conversion.mapping.entity.name;
  if (outcome.act === "update") return updateOf(conversion.mapping.entity, outcome.existing, outcome.values);
  return { act: "create", entity, id: newId(scene.now), after: outcome.values, past: pastOf(conversion, outcome.row) };
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
    given: new Set(filled.map(({ name }) => name)),
  });
  return new Map(
    found.flatMap(({ at, id, own }) => {
      const record = records.get(id);
      return record ? [[keyed[at]!.number, { record, own }] as const] : [];
    }),
  );
}
