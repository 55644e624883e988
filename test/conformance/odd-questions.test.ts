import { checkExpression, fieldTypes, holds, recordScope } from "engine";
import fc from "fast-check";
import type { EntityDocument, Property } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { world, type World } from "../world.ts";

/** How many random questions are asked in a run; more on demand. */
const questions = Number(process.env.TRELLIS_CASES ?? 250);

const property = (name: string, given: Omit<Property, "$anchor" | "title">): Property =>
  ({ $anchor: `fld_${name}`, title: name, ...given }) as Property;

const writable = Object.values(fieldTypes).filter(
  (type) => !("computed" in type) && !["reference", "user", "uuid"].includes(type.name),
);

/** One entity with a field of every type, as its examples have it, and references of every kind. */
const documents: readonly EntityDocument[] = [
  {
    $schema: "urn:trellis:entity:1",
    $id: "thing",
    $anchor: "ent_thing",
    type: "object",
    title: "Thing",
    name_field: "a_text",
    properties: {
      ...Object.fromEntries(
        writable.map(({ name, examples }) => [
          `a_${name}`,
          property(`a_${name}`, { field: name, ...(examples.field as object) } as Property),
        ]),
      ),
      next: property("next", { field: "reference", to: "thing", inverse: "previous" }),
      about: property("about", { field: "reference", to: ["thing", "user"] }),
      keeper: property("keeper", { field: "user" }),
      double: property("double", { field: "formula", result: "number", value: { cel: "a_decimal * 2" } }),
    },
  },
];

const own = writable.map(({ name }) => `a_${name}`);
const inside = ["a_json.n", "a_json.t", "a_json.b", "a_json.o", "a_json.o.n", "a_money.amount", "a_money.currency"];
const fixed = ["id", "owner", "created_at", "version", "next", "about", "keeper", "double", "user", "now", "today"];
const hops = ["next.a_text", "next.a_json.n", "owner.name", "previous", "user.name", "next.owner"];
const literals = ["null", "true", "1", "2.5", "'x'", "''", "'2024-02-29'", "[1, 2]", "['x']", "[]", "duration('P1D')"];
const dated = ["date('2024-02-29')", "timestamp('2024-02-29T00:00:00Z')"];
const atoms = [...own, ...inside, ...fixed, ...hops, ...literals, ...dated];
const operators = ["==", "!=", "<", ">=", "in", "+", "-", "*", "/", "%", "&&", "||"];
const functions = ["abs", "round", "size", "lower", "trim", "year", "days", "coalesce", "has", "date", "in_state"];

const atom = fc.constantFrom(...atoms);
const part = fc.oneof(
  { weight: 3, arbitrary: atom },
  { weight: 3, arbitrary: fc.tuple(atom, fc.constantFrom(...operators), atom).map((it) => `(${it.join(" ")})`) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...functions), atom).map(([f, x]) => `${f}(${x})`) },
  { weight: 1, arbitrary: fc.tuple(atom, atom).map(([x, y]) => `coalesce(${x}, ${y})`) },
  { weight: 1, arbitrary: fc.tuple(atom, atom, atom).map(([x, y, z]) => `(${x} == ${y} ? ${y} : ${z})`) },
  { weight: 1, arbitrary: atom.map((x) => `previous.any(p, p.a_json.n == ${x})`) },
);
const question = fc.oneof(
  part,
  fc.tuple(part, fc.constantFrom(...operators), part).map((it) => it.join(" ")),
  part.map((it) => `!${it}`),
  part.map((it) => `${it}.contains('x')`),
);

let w: World;
let records: readonly Record<string, any>[];

beforeAll(async () => {
  w = await world({ documents });
  const papers = [
    { n: 1, t: "x", b: true, o: { n: 2 } },
    { n: "2.5", t: "2024-02-29", b: false, o: null },
    { n: null, t: 7, b: "true", o: [1] },
    "text",
    7,
    null,
    [1, 2],
    { n: 1e300, t: "é🌱", o: { n: { m: 1 } } },
  ];
  for (const [at, a_json] of papers.entries()) {
    const values = Object.fromEntries(
      writable.flatMap(({ name, examples: { valid } }) =>
        at % 4 === 3 ? [] : [[`a_${name}`, valid[at % valid.length]]],
      ),
    );
    const made = await w.admin.post("/api/records/thing", { ...values, a_json, keeper: at % 2 ? w.admin.id : null });
    expect(made.status, made.text).toBe(201);
  }
  const listed = await w.admin.get("/api/records/thing?limit=100");
  records = listed.json.items;
  for (const [at, { id, version }] of records.entries()) {
    const next = records[(at + 1) % records.length]!.id;
    const values =
      at % 3 === 0 ? { next, about: { entity: "thing", id: next } } : { about: { entity: "user", id: w.admin.id } };
    const changed = await w.admin.patch(`/api/records/thing/${id}`, values, { "if-match": `"${version}"` });
    expect(changed.status, changed.text).toBe(200);
  }
  records = (await w.admin.get("/api/records/thing?limit=100")).json.items;
});
afterAll(() => w.close());

/** What reads no more than the record and the clock is evaluated here, too. */
const alone = (cel: string) => !/\b(next|previous|owner|user|keeper|about)\b/.test(cel);

async function answers(cel: string): Promise<void> {
  const listed = await w.admin.get(`/api/records/thing?limit=100&fields=id&filter=${encodeURIComponent(cel)}`);
  expect([200, 400], `${cel}: ${listed.text}`).toContain(listed.status);
  if (listed.status === 400) {
    for (const { code, detail } of listed.json.problems) expect([code, detail]).not.toContain("");
    return;
  }
  if (!alone(cel)) return;
  const { expression } = checkExpression(cel, recordScope(w.workspace.model, "thing"), { kind: "boolean" });
  const environment = { now: w.clock.now().toISOString(), today: "2026-03-02" };
  const here = records.filter((record) => holds(expression!, { record, ...environment })).map(({ id }) => id);
  expect(listed.json.items.map(({ id }: { id: string }) => id).sort(), cel).toEqual(here.sort());
}

describe("a filter that can be parsed is answered, or refused with a reason", () => {
  test.each(["a_json", ...inside.slice(0, 5), "id", "a_auto_number"].filter((it) => it !== "a_auto_number"))(
    "what asks about %s beside everything else",
    async (subject) => {
      for (const other of atoms)
        await Promise.all(
          operators.flatMap((operator) => [
            answers(`${subject} ${operator} ${other}`),
            answers(`(${other} ${operator} ${subject}) == null`),
          ]),
        );
    },
  );

  test(`${questions} random questions`, async () => {
    await fc.assert(fc.asyncProperty(question, answers), { numRuns: questions });
  });

  test("a measure of any expression", async () => {
    for (const of of atoms)
      for (const kind of ["count_distinct", "sum", "avg", "min", "max"]) {
        const answer = await w.admin.post("/api/records/thing/aggregate", { measures: { m: `${kind}(${of})` } });
        expect([200, 400], `${kind}(${of}): ${answer.text}`).toContain(answer.status);
      }
  });

  test("a group of, and an order by, any atom", async () => {
    for (const atom of atoms) {
      const grouped = await w.admin.post("/api/records/thing/aggregate", { group: [atom], measures: { n: "count()" } });
      expect([200, 400], `group ${atom}: ${grouped.text}`).toContain(grouped.status);
      const sorted = await w.admin.get(`/api/records/thing?sort=${encodeURIComponent(atom)}`);
      expect([200, 400], `sort ${atom}: ${sorted.text}`).toContain(sorted.status);
    }
  });
});
