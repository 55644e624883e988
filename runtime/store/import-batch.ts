import {
  besideAddresses,
  convertRow,
  foundBy,
  foundKeys,
  isNeverHidden,
  matchKey,
  nearest,
  planRow,
  type CellProblem,
  type Conversion,
  type ConvertedRow,
  type Fault,
  type ImportProblem,
  type ImportReport,
  type MappedColumn,
  type ReadyRow,
  type RecordWrite,
  type RowOutcome,
  type Values,
} from "engine";
import { writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import type { CsvRow } from "../csv.ts";
import { newId } from "../id.ts";
import { alike } from "./matched.ts";
import type { Scene } from "./operation.ts";
import { conditionOf, lockRecords, rowsOf, targetOf } from "./rows.ts";
import { writeRecords, writeWhatHolds } from "./write.ts";

/** What a batch came to: its counts and troubles, and the rows that were left out with the reason. */
export interface BatchResult {
  readonly report: ImportReport;
  readonly rejected: readonly { readonly row: CsvRow; readonly why: string }[];
}

/** A trouble of one row, before troubles of the same kind become one. */
interface Trouble {
  readonly number: number;
  readonly column: string;
  readonly value: string;
  readonly code: string;
  readonly detail: string;
  readonly suggestions: readonly string[];
}

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
  return resultOf(rows, counts, troubles);
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
  const existing = await findExisting(tx, scene, conversion, ready);
  const writes = ready.flatMap(({ number, links }): readonly RecordWrite[] => {
    const before = existing.get(number)?.record;
    const changed = before ? Object.entries(links).filter(([name, value]) => before[name] !== value) : [];
    if (!before || changed.length === 0) return [];
    return [
      {
        act: "update",
        entity: conversion.mapping.entity.name,
        id: String(before.id),
        before,
        after: Object.fromEntries(changed),
      },
    ];
  });
  await writeWhatHolds(tx, scene, writes);
  return resultOf([], { created: 0, updated: 0, unchanged: 0 }, troubles);
}

interface Read {
  readonly row: CsvRow;
  readonly converted: ConvertedRow;
}

/** What the names in reference columns stand for. `own` asks for those that name rows of the file's own entity. */
async function resolveNames(
  tx: Connection,
  scene: Scene,
  { mapping }: Conversion,
  read: readonly Read[],
  own: boolean,
) {
  const found = new Map<MappedColumn, ReadonlyMap<string, string | null>>();
  const suggestions = new Map<MappedColumn, ReadonlyMap<string, readonly string[]>>();
  for (const column of mapping.columns) {
    if (column.reference?.own !== own || !column.reference) continue;
    const texts = new Set(
      read.flatMap(({ converted }) => converted.namings.filter((it) => it.column === column).map(({ text }) => text)),
    );
    const ids = await idsByName(tx, scene, column.reference, [...texts]);
    const absent = [...texts].filter((text) => !ids.has(text));
    if (absent.length > 0 && column.reference.missing === "create")
      for (const [text, id] of await createNamed(tx, scene, column.reference, absent)) ids.set(text, id);
    else if (absent.length > 0 && column.reference.missing === "reject")
      suggestions.set(column, await nearestNames(tx, scene, column.reference, absent));
    found.set(column, ids);
  }
  return {
    valuesOf: ({ namings }: ConvertedRow): Values =>
      Object.fromEntries(
        namings.flatMap(({ column, field, text }) => {
          const ids = found.get(column);
          if (!ids || !column.reference) return [];
          const id = ids.get(text) ?? null;
          const many = (mapping.entity.fields.get(field)?.targets.length ?? 0) > 1;
          return [[field, many && id !== null ? { entity: column.reference.entity.name, id } : id] as const];
        }),
      ),
    troublesOf: (row: CsvRow, { namings }: ConvertedRow): readonly Trouble[] =>
      namings.flatMap(({ column, text }) => {
        const ids = found.get(column);
        const id = ids?.get(text);
        if (!ids || (id !== undefined && id !== null) || (id === undefined && column.reference?.missing !== "reject"))
          return [];
        const { title, plural } = column.reference!.entity;
        const detail = id === null ? `Several ${plural} are called "${text}".` : `There is no ${title} "${text}".`;
        const code = id === null ? "reference.ambiguous" : "reference.unknown";
        return [
          {
            number: row.number,
            column: column.column,
            value: text,
            code,
            detail,
            suggestions: suggestions.get(column)?.get(text) ?? [],
          },
        ];
      }),
  };
}

type Reference = NonNullable<MappedColumn["reference"]>;

/** Ids by name; null where several records have the same. */
async function idsByName(
  tx: Connection,
  scene: Scene,
  { entity, by }: Reference,
  texts: readonly string[],
): Promise<Map<string, string | null>> {
  if (texts.length === 0) return new Map();
  const access = scene.access?.entity(entity.name);
  const fields = foundBy(entity, by).filter((it) => it === by || isNeverHidden(access, it));
  const rows = await rowsOf<{ text: string; own: boolean; ids: string[] }>(
    tx,
    scene,
    writing.rowsNamed(targetOf(scene, entity), fields, texts, visibleTo(scene, entity)),
  );
  const found = new Map(rows.filter(({ own }) => !own).map(({ text, ids }) => [text, ids]));
  for (const { text, ids } of rows.filter(({ own }) => own)) found.set(text, ids);
  return new Map([...found].map(([text, ids]) => [text, ids.length === 1 ? ids[0]! : null]));
}

function visibleTo(scene: Scene, entity: Reference["entity"]) {
  const rule = scene.access?.entity(entity.name)?.rule("read");
  return rule && rule.kind !== "all" ? conditionOf(scene, entity, rule) : undefined;
}

async function createNamed(
  tx: Connection,
  scene: Scene,
  { entity, by }: Reference,
  texts: readonly string[],
): Promise<readonly (readonly [string, string])[]> {
  const writes = texts.map((text): RecordWrite => ({
    act: "create",
    entity: entity.name,
    id: newId(scene.now),
    after: { ...defaultsOf(entity), [by.name]: text },
  }));
  await writeRecords(tx, scene, writes);
  return writes.map(({ id }, at) => [texts[at]!, id] as const);
}

function defaultsOf(entity: Reference["entity"]): Values {
  const plain = [...entity.fields.values()].filter(
    ({ property }) => property.default !== undefined && typeof property.default !== "object",
  );
  return Object.fromEntries(plain.map(({ name, property }) => [name, property.default]));
}

const namesMax = 5000;

/** For names that nobody has: the one that was probably meant. */
async function nearestNames(
  tx: Connection,
  scene: Scene,
  { entity, by }: Reference,
  texts: readonly string[],
): Promise<Map<string, readonly string[]>> {
  const rows = await rowsOf<{ text: string }>(
    tx,
    scene,
    writing.namesOf(targetOf(scene, entity), by, visibleTo(scene, entity), namesMax),
  );
  const names = rows.map(({ text }) => text);
  return new Map(texts.slice(0, 200).map((text) => [text, [nearest(text, names) ?? []].flat()]));
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
  const outcomes = [...about.values()].map(([row]) => {
    const found = existing.get(row!.number);
    if (!found || found.own) return planRow(asking, row!, found?.record);
    const values = besideAddresses(mapping.entity, mapping.match, found.record, row!.values);
    return planRow(asking, { ...row!, values }, found.record);
  });
  const acting = outcomes.filter((it) => it.act === "create" || it.act === "update");
  const writes = acting.map((it) => writeOf(scene, conversion, it));
  const states = new Map(
    acting.flatMap(({ row }, at) => (row.state === undefined ? [] : [[writes[at]!.id, row.state] as const])),
  );
  const { faults } = await writeWhatHolds(tx, scene, writes, { states });
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
  if (outcome.act === "update")
    return { act: "update", entity, id: String(outcome.existing.id), before: outcome.existing, after: outcome.values };
  return { act: "create", entity, id: newId(scene.now), after: outcome.values, past: pastOf(conversion, outcome.row) };
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

/** The records that rows are about, by the number of the row. */
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
  const records = await lockRecords(tx, scene, mapping.entity, {
    ids: [...new Set(found.map(({ id }) => id))],
    trash: "without",
  });
  return new Map(
    found.flatMap(({ at, id, own }) => {
      const record = records.get(id);
      return record ? [[keyed[at]!.number, { record, own }] as const] : [];
    }),
  );
}

function cellTrouble(row: CsvRow, { column, value, code, suggestions }: CellProblem): Trouble {
  const told = {
    "value.unreadable": `"${value}" cannot be read here.`,
    "value.empty": "A value is wanted here.",
    "choice.unknown": `"${value}" is none of the choices.`,
    "state.unknown": `"${value}" is no state of the workflow.`,
  };
  return { number: row.number, column, value, code, detail: told[code], suggestions };
}

function faultTrouble(
  { mapping }: Conversion,
  rows: readonly CsvRow[],
  { number }: ReadyRow,
  { code, detail, path }: Fault,
): Trouble {
  const field = path.split("/").at(-1) ?? "";
  const column = mapping.columns.find(({ fields }) => fields.some(({ name }) => name === field))?.column ?? "";
  const value = rows.find((row) => row.number === number)?.cells[column] ?? "";
  return { number, column, value, code, detail, suggestions: [] };
}

function resultOf(
  rows: readonly CsvRow[],
  counts: Pick<ImportReport, "created" | "updated" | "unchanged">,
  troubles: readonly Trouble[],
): BatchResult {
  const byRow = Map.groupBy(troubles, ({ number }) => number);
  const kinds = new Map<string, ImportProblem>();
  for (const { number, column, value, code, detail, suggestions } of troubles) {
    const key = JSON.stringify([column, value, code]);
    const known = kinds.get(key);
    kinds.set(
      key,
      known ? { ...known, rows: known.rows + 1 } : { column, value, code, detail, suggestions, rows: 1, first: number },
    );
  }
  const rejected = rows.flatMap((row) => {
    const own = byRow.get(row.number);
    return own ? [{ row, why: own.map(({ column, detail }) => `${column}: ${detail}`).join(" ") }] : [];
  });
  return {
    report: { rows: rows.length, ...counts, rejected: rejected.length, problems: [...kinds.values()] },
    rejected,
  };
}
