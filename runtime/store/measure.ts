import { movesValues, type Change, type Field, type Model, type PlannedMove } from "engine";
import {
  breakStatements,
  comesEarly,
  conversionStatements,
  ddl,
  phaseOf,
  sampleStatement,
  tableOf,
  withSwapped,
  type Publishing,
  type Concerned,
} from "engine/sql";
import type { Queryable } from "../database/pool.ts";

/** What a plan is measured by. */
export interface Measuring {
  readonly db: Queryable;
  readonly publishing: Publishing;
  /** Rows of each table that stands, as PostgreSQL estimates them, by the entity's anchor. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** Each move with rows, lock, SQL and the records that it would break, read from the data that stand. */
export async function measure(given: Measuring, changes: readonly Change[]): Promise<readonly PlannedMove[]> {
  const measuring = { ...given, publishing: withSwapped(given.publishing, changes) };
  const measured: PlannedMove[] = [];
  for (const change of changes) measured.push(await measureOne(measuring, change));
  return measured;
}

async function measureOne(measuring: Measuring, change: Change): Promise<PlannedMove> {
  const { publishing, sizes } = measuring;
  const statements = ddl(publishing, change);
  const standing = standingOf(publishing, change);
  const size = standing.entity ? (sizes.get(standing.entity.anchor) ?? 0) : 0;
  const many = standing.entity !== undefined && publishing.large?.has(standing.entity.anchor) === true;
  const large = many || comesEarly(publishing, change);
  return {
    ...change,
    phase: large ? phaseOf(statements) : "switch",
    sql: statements.map(({ sql, online }) => (large && online ? online : sql)).filter((sql) => sql !== ""),
    rows: touches(change, standing) ? size : null,
    lock_ms: statements.length === 0 ? null : lockMs(change, large ? 0 : size),
    breaks: await breaksOf(measuring, change, standing),
    samples: await samplesOf(measuring, change, standing),
    conversion: await conversionOf(measuring, change, standing),
  };
}

/** As many records are named one by one in a filter; more are told by their number alone. */
const namedMost = 50;

/** The records that break what a move asks for: their number, some of them, and a filter that shows them. */
async function breaksOf({ db, publishing }: Measuring, change: Change, standing: Concerned) {
  const found = breakStatements(publishing, change, standing);
  if (!found) return null;
  const read = async ({ sql, parameters }: { sql: string; parameters: readonly unknown[] }) =>
    (await db.query(sql, parameters)).rows;
  const count = (await read(found.count))[0].n as number;
  if (count === 0) return null;
  const ids = async () => `id in [${(await read(found.ids)).map(({ id }) => JSON.stringify(id)).join(", ")}]`;
  const filter = found.filter ?? (count <= namedMost ? await ids() : null);
  return { count, entity: found.entity, filter, sample: await read(found.sample) };
}

async function samplesOf({ db, publishing }: Measuring, change: Change, standing: Concerned) {
  const statement = sampleStatement(publishing, change, standing);
  return statement ? (await db.query(statement.sql, statement.parameters)).rows : null;
}

/** How the values of a retyped field convert; a person may decide about each that does not. */
async function conversionOf({ db, publishing }: Measuring, change: Change, standing: Concerned) {
  const found = conversionStatements(publishing, change, standing);
  if (!found) return null;
  const counts = await db.query(found.counts.sql, found.counts.parameters);
  const doubtful = await db.query(found.doubtful.sql, found.doubtful.parameters);
  return { ...counts.rows[0], values: doubtful.rows } as NonNullable<PlannedMove["conversion"]>;
}

function standingOf({ now, next }: Publishing, change: Change): Concerned {
  const address = "address" in change ? change.address : undefined;
  const anchor = address?.split("#")[0] ?? ("anchor" in change ? change.anchor : "");
  return {
    entity: [...now.entities.values()].find((it) => it.anchor === anchor),
    old: address === undefined ? undefined : fieldAt(now, address),
    field: address === undefined ? undefined : fieldAt(next, address),
  };
}

export function fieldAt(model: Model, address: string): Field | undefined {
  const anchor = address.split("#")[0];
  const entity = [...model.entities.values()].find((it) => it.anchor === anchor);
  return entity && [...entity.fields.values()].find((field) => field.address === address);
}

/** Whether a move reads or writes the rows of its entity. */
function touches(change: Change, { old, field }: Concerned): boolean {
  switch (change.act) {
    case "field.retype":
      return old !== undefined && field !== undefined && movesValues(old, field, change);
    case "field.required":
      return change.required;
    case "field.unique":
    case "entity.unique":
      return change.unique;
    case "choices.change":
      return change.removed.length > 0;
    case "field.limits":
    case "field.restore":
    case "entity.restore":
    case "entity.hide":
    case "field.hide":
      return true;
    default:
      return false;
  }
}

/** A moment is a change of the catalogue; what a scan and a build take was measured at a million rows a second or so. */
function lockMs(change: Change, rows: number): number {
  const moment = 20;
  if (change.lock === "scan") return moment + Math.round(rows / 500);
  if (change.lock === "build") return moment + Math.round(rows / 250);
  return moment;
}

/** How many rows the tables of all entities have, as PostgreSQL estimates it; small ones that nobody analysed are counted. */
export async function readSizes(db: Queryable, schemaName: string, model: Model): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query(
    `select c.relname as name, c.reltuples::float8 as rows, c.relpages as pages,
       pg_catalog.pg_relation_size(c.oid)::float8 as bytes
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind = 'r'`,
    [schemaName],
  );
  const tables = new Map((rows as { name: string; rows: number; bytes: number }[]).map((row) => [row.name, row]));
  const sizes = new Map<string, number>();
  const hidden = [...tables.keys()].filter((name) => name.startsWith("_gone_"));
  const named = [
    ...[...model.entities.values()].map(({ anchor, name }) => [anchor, name] as const),
    ...hidden.map((name) => [name.slice("_gone_".length), name] as const),
  ];
  for (const [anchor, name] of named) {
    const { rows: told = 0, bytes = 0 } = tables.get(name) ?? {};
    const exact = bytes < countedBytesMax && bytes > 0;
    const counted = exact ? await countAll(db, tableOf(schemaName, name)) : undefined;
    sizes.set(anchor, counted ?? Math.max(Math.round(told), Math.round(bytes / 400)));
  }
  return sizes;
}

const countedBytesMax = 8_000_000;

async function countAll(db: Queryable, table: string): Promise<number> {
  const { rows } = await db.query(`select count(*)::int as n from ${table}`);
  return rows[0].n;
}
