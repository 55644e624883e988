import fc from "fast-check";
import { checkExpression, evaluate, readModel, recordScope, type Checked } from "engine";
import { compile, compileExpression, compileWhere, tableOf, type SqlContext } from "engine/sql";
import { sql } from "kysely";
import type { EntityDocument } from "schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPool, type Pool } from "../../runtime/database/pool.ts";
import { trellisFunctions } from "../../runtime/store/migrations/trellis-1-tables.ts";
import { freshDatabase } from "../world.ts";

/** How many expressions are compared in a run; more on demand. */
const expressions = Number(process.env.TRELLIS_CASES ?? 400);

const entity: EntityDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "sample",
  $anchor: "ent_sample",
  type: "object",
  title: "Sample",
  properties: Object.fromEntries(
    Object.entries({
      n: { field: "decimal" },
      m: { field: "decimal" },
      i: { field: "integer" },
      s: { field: "text" },
      t: { field: "text" },
      b: { field: "boolean" },
      c: { field: "boolean" },
      d: { field: "date" },
      e: { field: "date" },
      at: { field: "date_time" },
      p: { field: "money" },
      q: { field: "money" },
    }).map(([name, property]) => [name, { $anchor: `fld_${name}`, title: name, ...property }]),
  ),
};
const model = readModel([entity]);
const fields = [...model.entities.get("sample")!.fields.values()].filter(({ system }) => !system);
const scope = recordScope(model, "sample");

const texts = ["", "a", "A", "Ünï_%", "ünï", "Z", "禾光", "さくら", "🌱", "ｚ", "a b ", "'quoted'", "\\", "%"];
const numbers = ["0", "1", "-1", "0.1", "0.2", "3", "-2.5", "1000000000", "0.000000000001", "99999999999999.99", "7"];
const days = ["2024-02-28", "2024-02-29", "2023-12-31", "1999-01-01", "2026-11-24"];
const maybe = <T>(items: readonly T[]) => fc.option(fc.constantFrom(...items), { nil: null, freq: 5 });
const money = fc.option(fc.record({ amount: fc.constantFrom(...numbers), currency: fc.constantFrom("EUR", "JPY") }), {
  nil: null,
  freq: 5,
});
const record = fc.record({
  n: maybe(numbers),
  m: maybe(numbers),
  i: maybe([0, 1, -7, 42, 2147483647]),
  s: maybe(texts),
  t: maybe(texts),
  b: maybe([true, false]),
  c: maybe([true, false]),
  d: maybe(days),
  e: maybe(days),
  at: maybe(["2024-02-29T23:59:59.999Z", "2026-11-24T00:00:00.000Z", "1999-01-01T12:00:00.000Z"]),
  p: money,
  q: money,
});

const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
const { boolean } = fc.letrec<Record<"number" | "text" | "boolean" | "date" | "moment" | "money", string>>((tie) => {
  const pair = (kind: "number" | "text" | "date" | "money" | "moment", operators: readonly string[]) =>
    fc.tuple(tie(kind), fc.constantFrom(...operators), tie(kind)).map(([one, op, other]) => `(${one} ${op} ${other})`);
  const small = { maxDepth: 3, depthIdentifier: "d" } as const;
  return {
    number: fc.oneof(
      small,
      fc.constantFrom("n", "m", "i", "1", "2.5", "(0 - 3)"),
      pair("number", ["+", "-", "*", "/", "%"]),
      fc.tuple(fc.constantFrom("abs", "floor", "ceil", "round"), tie("number")).map(([f, x]) => `${f}(${x})`),
      tie("text").map((x) => `size(${x})`),
      fc.tuple(fc.constantFrom("year", "month", "day"), tie("date")).map(([f, x]) => `${f}(${x})`),
      pair("date", ["-"]),
      tie("money").map((x) => `(${x}).amount`),
      fc.tuple(tie("number"), tie("number")).map(([x, y]) => `coalesce(${x}, ${y})`),
      fc.tuple(tie("boolean"), tie("number"), tie("number")).map(([c, x, y]) => `(${c} ? ${x} : ${y})`),
    ),
    text: fc.oneof(
      small,
      fc.constantFrom("s", "t", ...texts.map(quoted)),
      pair("text", ["+"]),
      fc.tuple(fc.constantFrom("lower", "upper", "trim"), tie("text")).map(([f, x]) => `${f}(${x})`),
      fc.tuple(tie("text"), tie("text")).map(([x, y]) => `coalesce(${x}, ${y})`),
      tie("money").map((x) => `(${x}).currency`),
    ),
    date: fc.oneof(
      small,
      fc.constantFrom("d", "e", "today", ...days.map((day) => `date('${day}')`)),
      fc
        .tuple(tie("date"), fc.constantFrom("+", "-"), fc.constantFrom("P1D", "PT36H", "P30D"))
        .map(([x, op, y]) => `(${x} ${op} duration('${y}'))`),
      fc.tuple(tie("date"), fc.constantFrom("i", "1", "2.5")).map(([x, y]) => `(${x} + days(${y} % 1000))`),
    ),
    moment: fc.oneof(
      small,
      fc.constantFrom("at", "now", "timestamp('2024-02-29T23:59:59.999Z')"),
      fc
        .tuple(tie("moment"), fc.constantFrom("+", "-"), fc.constantFrom("P1D", "PT36H", "PT1S"))
        .map(([x, op, y]) => `(${x} ${op} duration('${y}'))`),
    ),
    money: fc.oneof(
      small,
      fc.constantFrom("p", "q"),
      pair("money", ["+", "-"]),
      fc.tuple(tie("money"), fc.constantFrom("*", "/"), tie("number")).map(([x, op, y]) => `(${x} ${op} ${y})`),
      fc.tuple(tie("boolean"), tie("money"), tie("money")).map(([c, x, y]) => `(${c} ? ${x} : ${y})`),
    ),
    boolean: fc.oneof(
      small,
      fc.constantFrom("b", "c", "true"),
      fc
        .tuple(tie("boolean"), fc.constantFrom("&&", "||", "==", "!="), tie("boolean"))
        .map(([x, op, y]) => `(${x} ${op} ${y})`),
      tie("boolean").map((x) => `!${x}`),
      ...(["number", "text", "date", "moment", "money"] as const).map((kind) =>
        pair(kind, ["==", "!=", "<", "<=", ">", ">="]),
      ),
      fc.tuple(tie("money"), fc.constantFrom("==", "<", ">="), tie("number")).map(([x, op, y]) => `(${x} ${op} ${y})`),
      fc.constantFrom("s", "n", "d", "p", "at").map((x) => `(${x} == null)`),
      fc
        .tuple(tie("text"), fc.constantFrom("contains", "startsWith", "endsWith"), tie("text"))
        .map(([x, f, y]) => `(${x}).${f}(${y})`),
      fc.tuple(tie("text"), tie("text"), tie("text")).map(([x, y, z]) => `(${x} in [${y}, ${z}])`),
    ),
  };
});

const now = "2026-11-24T08:30:00.123Z";
const today = "2026-11-24";
let pool: Pool;
let drop: () => Promise<void>;
const rows = fc.sample(record, { numRuns: 60, seed: 11 });

beforeAll(async () => {
  const database = await freshDatabase();
  drop = database.drop;
  pool = openPool(database.url, () => undefined, 2);
  await pool.query("create schema trellis");
  for (const statement of trellisFunctions) await pool.query(statement);
  const columns = fields.flatMap((field) => Object.entries(field.columns));
  await pool.query("create schema ws");
  await pool.query(
    `create table ${tableOf("ws", "sample")} (row integer, ${columns.map(([name, type]) => `"${name}" ${type}`).join(", ")})`,
  );
  for (const [row, values] of rows.entries()) {
    const stored: Record<string, unknown> = { row };
    for (const field of fields) {
      const value = (values as Record<string, unknown>)[field.name] ?? null;
      Object.assign(stored, field.type.store?.(value, field.property) ?? { [field.name]: value });
    }
    const names = Object.keys(stored);
    await pool.query(
      `insert into ws.sample (${names.map((name) => `"${name}"`).join(", ")}) values (${names.map((_, at) => `$${at + 1}`).join(", ")})`,
      Object.values(stored),
    );
  }
});

afterAll(async () => {
  await pool.end();
  await drop();
});

const context: SqlContext = {
  path: (_, [step]) => {
    const column = (name: string) => sql`t.${sql.id(name)}`;
    const field = step!.field!;
    if (field.type.name === "money") return { amount: column(field.name), currency: column(`${field.name}_currency`) };
    const type = field.type.type(field.property).kind;
    return { value: type === "number" ? sql`${column(field.name)}::numeric` : column(field.name) };
  },
  now: sql`${now}::timestamptz`,
  today: sql`${today}::date`,
  exists: () => sql`false`,
  least: () => sql`null`,
  been: () => sql`false`,
  inSegment: () => sql`false`,
};

async function inPostgres(expression: Checked): Promise<readonly unknown[]> {
  const value = compileExpression(expression, context);
  if (!("value" in value)) throw new Error("a condition is wanted");
  const compiled = compile(sql`select ${value.value} as v from ws.sample t order by t.row`);
  const answer = await pool.query(compiled.sql, [...compiled.parameters]);
  return answer.rows.map(({ v }) => v);
}

/** The rows that a WHERE of the condition finds. */
async function found(expression: Checked): Promise<readonly unknown[]> {
  const compiled = compile(
    sql`select t.row from ws.sample t where ${compileWhere(expression, context)} order by t.row`,
  );
  const answer = await pool.query(compiled.sql, [...compiled.parameters]);
  return answer.rows.map(({ row }) => row);
}

test(`JavaScript and PostgreSQL agree on ${expressions} random conditions over ${rows.length} rows`, async () => {
  await fc.assert(
    fc.asyncProperty(boolean, async (cel) => {
      const { expression, faults } = checkExpression(cel, scope);
      fc.pre(!faults.some(({ code }) => code === "expression.too_deep" || code === "expression.too_large"));
      expect(faults, cel).toEqual([]);
      const here = rows.map((values) => evaluate(expression!, { record: values, now, today }));
      expect(await inPostgres(expression!), cel).toEqual(here);
      expect(await found(expression!), cel).toEqual(here.flatMap((held, row) => (held === true ? [row] : [])));
    }),
    { numRuns: expressions },
  );
});
