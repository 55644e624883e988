import { anyOf, erasedText, erasedWith, type Entity, type KnownBy, type Model } from "engine";
import { identifier, literal } from "engine/sql";
import type { Connection, Queryable } from "../database/pool.ts";
import { isProof, traces, type Trace, type TraceName } from "./traces.ts";

/** Who is erased: the records, by what else she is known, and where. */
export interface Erased {
  readonly schema: string;
  readonly schemaName: string;
  readonly model: Model;
  /** Of her entity and of those that go with her; those that are no more; and what stands for the addresses of consents. */
  readonly records: readonly string[];
  readonly gone: readonly string[];
  readonly entity: Entity;
  readonly known: KnownBy & { readonly numbers: readonly string[]; readonly proofs: Readonly<Record<string, string>> };
}

/** One step of an erasure: takes some rows, and answers how many; none when it is over. Each can be done again. */
export interface EraseStep {
  readonly name: TraceName | "kept";
  readonly some: (tx: Connection, erased: Erased) => Promise<number>;
  /** How many rows it is about before it has begun. */
  readonly count?: (db: Queryable, erased: Erased) => Promise<number>;
}

const batchRows = 500;

/** A statement over traces with the parameters that it names, in its own numbering. */
export function filled(text: string, { schema, records, gone, known }: Erased): [sql: string, values: unknown[]] {
  const all = [records, known.emails, known.numbers, gone];
  const used = [...new Set([...text.matchAll(/\$(\d)/g)].map((it) => Number(it[1])))];
  const sql = text.replaceAll(/\$(\d)/g, (_, at) => `$${used.indexOf(Number(at)) + 1}`).replaceAll("{ws}", schema);
  return [sql, used.map((at) => all[at - 1])];
}

const whole = ({ where, still }: Trace) => (still === undefined ? where : `${where} and ${still}`);

function stepOf(trace: Trace): EraseStep {
  const { name, table, key, set } = trace;
  const some = `(${key}) in (select ${key} from {ws}.${table} where ${whole(trace)} limit ${batchRows})`;
  const text =
    set === undefined ? `delete from {ws}.${table} where ${some}` : `update {ws}.${table} set ${set} where ${some}`;
  return {
    name,
    some: async (tx, erased) => (await tx.query(...filled(text, erased))).rowCount ?? 0,
    count: async (db, erased) => {
      const { rows } = await db.query(
        ...filled(`select count(*)::integer as n from {ws}.${table} where ${whole(trace)}`, erased),
      );
      return rows[0].n;
    },
  };
}

/** Consents stay as proof, under a hash that nobody reads back: what she said to what wording, and when. */
const proofs: EraseStep = {
  name: "consents",
  some: async (tx, { schema, records, known }) => {
    const { rowCount } = await tx.query(
      `update ${schema}._consent c set address = coalesce(h.hash, 'erased'), proof = null
       from ${schema}._consent o left join unnest($1::text[], $2::text[]) as h(address, hash) on h.address = o.address
       where o.id = c.id and (c.record = any($3::uuid[]) or h.hash is not null) and c.address not like 'erased%'`,
      [Object.keys(known.proofs), Object.values(known.proofs), records],
    );
    return rowCount ?? 0;
  },
};

/** The pattern of her addresses and numbers in texts, none of them as a part of a longer one. */
function addressPattern({ known }: Erased): string | undefined {
  const numbers = [...new Set([...known.phones, ...known.numbers])].filter(
    (it) => it.replaceAll(/[^0-9]/g, "").length >= 7,
  );
  const parts = [
    ...(known.emails.length > 0 ? [`(?<![a-z0-9._%+-])(?:${anyOf(known.emails)})(?![a-z0-9-])`] : []),
    ...(numbers.length > 0 ? [`(?<![0-9])(?:${anyOf(numbers)})(?![0-9])`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join("|");
}

/** The same with her name, for what is about her. */
function wholePattern(erased: Erased): string | undefined {
  const names = erased.known.names;
  const parts = [addressPattern(erased) ?? [], names.length > 0 ? `\\m(?:${anyOf(names)})\\M` : []].flat();
  return parts.length === 0 ? undefined : parts.join("|");
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

/** Masks a pattern in columns of some rows of a table: those of which `where` holds. Answers how many were changed. */
async function mask(
  tx: Connection,
  at: { readonly table: string; readonly key: string; readonly columns: readonly Column[] },
  pattern: string,
  where: { readonly sql: string; readonly values: readonly unknown[]; readonly also?: string } = {
    sql: "true",
    values: [],
  },
): Promise<number> {
  const { table, key, columns } = at;
  if (columns.length === 0) return 0;
  const place = where.values.length + 1;
  const found = columns.map(({ name }) => `${identifier(name)}::text ~* $${place}`).join(" or ");
  const sets = columns.map(({ name, type, nullable }) => {
    const column = identifier(name);
    const masked = `regexp_replace(${column}::text, $${place}, ${literal(erasedText)}, 'gi')`;
    const empty = nullable && type === "text" ? `nullif(${masked}, ${literal(erasedText)})` : masked;
    return `${column} = (${empty})::${type}`;
  });
  const { rowCount } = await tx.query(
    `update ${table} set ${[...sets, where.also ?? []].flat().join(", ")} where (${key}) in
       (select ${key} from ${table} where (${where.sql}) and (${found}) limit ${batchRows})`,
    [...where.values, pattern],
  );
  return rowCount ?? 0;
}

const texts = (entity: Entity): readonly Column[] =>
  [...entity.fields.values()].flatMap(({ name, columns, type, system, required }) =>
    system || type.computed || columns[name] !== "text" || ["state", "select", "auto_number"].includes(type.name)
      ? []
      : [{ name, type: "text", nullable: !required }],
  );

/** Masks her name and addresses in records that point at hers and are kept, and in what their fields held before. */
function keptSteps({ model, entity }: Pick<Erased, "model" | "entity">): readonly EraseStep[] {
  return erasedWith(model, entity.name).flatMap(({ entity: of, field, does }): readonly EraseStep[] => {
    if (does !== "kept") return [];
    const column = identifier(Object.keys(field.columns).at(-1) ?? "");
    const table = ({ schema }: Erased) => `${schema}.${identifier(of.name)}`;
    const records = (erased: Erased) => ({ sql: `${column} = any($1::uuid[])`, values: [erased.records] });
    return [
      {
        name: "kept",
        some: async (tx, erased) => {
          const pattern = wholePattern(erased);
          const at = { table: table(erased), key: "id", columns: texts(of) };
          return pattern === undefined
            ? 0
            : mask(tx, at, pattern, { ...records(erased), also: "version = version + 1" });
        },
      },
      {
        name: "kept",
        some: async (tx, erased) => {
          const pattern = wholePattern(erased);
          const columns = ["before", "after"].map((name) => ({ name, type: "jsonb", nullable: true }));
          const at = { table: `${erased.schema}._history`, key: "id", columns };
          const sql = `record in (select id from ${table(erased)} where ${records(erased).sql})`;
          return pattern === undefined ? 0 : mask(tx, at, pattern, { sql, values: [erased.records] });
        },
      },
    ];
  });
}

/** What operations on her records were called. */
const operations: EraseStep = {
  name: "others",
  some: async (tx, erased) => {
    const pattern = wholePattern(erased);
    const columns = [
      { name: "title", type: "text", nullable: false },
      { name: "detail", type: "jsonb", nullable: false },
    ];
    const sql = `id in (select operation from ${erased.schema}._history where record = any($1::uuid[]))`;
    const where = { sql, values: [erased.records] };
    return pattern === undefined
      ? 0
      : mask(tx, { table: `${erased.schema}._operation`, key: "id", columns }, pattern, where);
  },
};

/** Files of exports of her entity, and of exports and imports in whose text she is found: they were made to be fetched. */
const copies: EraseStep = {
  name: "files",
  some: async (tx, erased) => {
    const { schema, entity } = erased;
    const edge = `substring(c.bytes from greatest(1, length(c.bytes) - 300)) || coalesce(substring(n.bytes for 300), '')`;
    const { rows } = await tx.query(
      `select f.id from ${schema}._file f where f.record is null and (
         f.id in (select e.file from ${schema}._export e where e.request ->> 'entity' = $1)
         or (f.id in (select e.file from ${schema}._export e union select i.file from ${schema}._import i)
           and exists (select from ${schema}._file_chunk c left join ${schema}._file_chunk n on n.file = c.file and n.part = c.part + 1
             where c.file = f.id and (encode(c.bytes, 'escape') ~* $2 or encode(${edge}, 'escape') ~* $2)))) limit 20`,
      [entity.name, addressPattern(erased) ?? "(?!)"],
    );
    const ids = rows.map(({ id }: { id: string }) => id);
    if (ids.length === 0) return 0;
    await tx.query(`delete from ${schema}._file_chunk where file = any($1::uuid[])`, [ids]);
    await tx.query(`delete from ${schema}._export where file = any($1::uuid[])`, [ids]);
    await tx.query(`delete from ${schema}._file where id = any($1::uuid[])`, [ids]);
    return ids.length;
  },
};

/** What documents say, who works here, and erasures themselves tell of nobody else. */
const untouched = new Set(
  "_document _version _change _base _package _workflow_version _message_form _connection _dkim _erasure _erased user team".split(
    " ",
  ),
);

/** Masks her addresses and numbers wherever else they stand: in every text of every table of the workspace. */
const everywhere: EraseStep = {
  name: "others",
  some: async (tx, erased) => {
    const pattern = addressPattern(erased);
    if (pattern === undefined) return 0;
    let masked = 0;
    for (const { name, key, columns } of await tablesOf(tx, erased))
      masked += await mask(tx, { table: `${erased.schema}.${identifier(name)}`, key, columns }, pattern);
    return masked;
  },
};

async function tablesOf(tx: Queryable, { schemaName }: Erased) {
  const { rows } = await tx.query(
    `select c.relname as name,
       (select string_agg(quote_ident(k.attname), ', ' order by k.attnum) from pg_catalog.pg_index i
          join pg_catalog.pg_attribute k on k.attrelid = c.oid and k.attnum = any(i.indkey) where i.indrelid = c.oid and i.indisprimary) as key,
       json_agg(json_build_object('name', a.attname, 'type', pg_catalog.format_type(a.atttypid, null), 'nullable', not a.attnotnull) order by a.attnum) as columns
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where n.nspname = $1 and c.relkind = 'r' and pg_catalog.format_type(a.atttypid, null) in ('text', 'json', 'jsonb', 'text[]')
     group by c.oid, c.relname order by c.relname`,
    [schemaName],
  );
  return (rows as { name: string; key: string | null; columns: Column[] }[]).flatMap(({ name, key, columns }) =>
    key === null || untouched.has(name) ? [] : [{ name, key, columns }],
  );
}

/** All steps of an erasure, in their order. They are gone through twice: what came meanwhile goes as well. */
export function stepsOf(erased: Pick<Erased, "model" | "entity">): readonly EraseStep[] {
  const once = [
    operations,
    ...keptSteps(erased),
    ...traces.map((trace) => (isProof(trace) ? proofs : stepOf(trace))),
    copies,
    everywhere,
  ];
  return [...once, ...once];
}

/** How much of each kind goes. */
export async function countsOf(db: Queryable, erased: Erased): Promise<Readonly<Record<string, number>>> {
  const counts = new Map<string, number>();
  for (const { name, count } of traces.filter((it) => !isProof(it)).map(stepOf))
    counts.set(name, (counts.get(name) ?? 0) + ((await count?.(db, erased)) ?? 0));
  return Object.fromEntries(counts);
}
