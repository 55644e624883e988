import { checkExpression, evaluate, readModel, recordScope } from "engine";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  canGroup,
  deepest,
  dissolved,
  grouped,
  isGroup,
  readRows,
  rowAt,
  shifted,
  textOf,
  turned,
  ungrouped,
  withCondition,
  without,
  type At,
  type Group,
  type How,
  type Row,
} from "./rows.ts";

const flag = (anchor: string) => ({ $anchor: anchor, field: "boolean", title: anchor });
const model = readModel([
  {
    $schema: "urn:trellis:entity:1",
    $id: "thing",
    $anchor: "ent_thing",
    type: "object",
    title: "Thing",
    properties: {
      a: flag("fld_a"),
      b: flag("fld_b"),
      c: flag("fld_c"),
      t: { $anchor: "fld_t", field: "text", title: "T" },
    },
  },
]);
const scope = recordScope(model, "thing");

function valueOf(cel: string, record: Readonly<Record<string, unknown>>): unknown {
  const { expression, faults } = checkExpression(cel, scope);
  expect(faults, cel).toEqual([]);
  return evaluate(expression!, { record, now: "2026-01-01T00:00:00.000Z", today: "2026-01-01" });
}

const opposite = (how: How): How => (how === "all" ? "any" : "all");
const leaves = ["a", "!b", "c == true", "!(a || b)", "t == 'x || (y'", "(a ? b : c)", 't != "it\'s && )"'].map(
  (cel) => ({
    cel,
  }),
);
const leaf = fc.constantFrom(...leaves);

/** Rows of a group that stands `depth` deep; a group of one stands the other way round than what is around it. */
const rowsAt = (depth: number, least: number): fc.Arbitrary<readonly Row[]> =>
  fc.array(depth >= deepest ? leaf : fc.oneof({ weight: 3, arbitrary: leaf }, groupAt(depth + 1)), {
    minLength: least,
    maxLength: 4,
  });
const groupAt = (depth: number): fc.Arbitrary<Row> =>
  fc
    .record({ how: fc.constantFrom<How>("all", "any"), rows: rowsAt(depth, 1) })
    .map(({ how, rows }) => ({ how, rows }));
/** A generated group of one is given the other way; what is inside follows. */
function stood(row: Row, around: How): Row {
  if (!isGroup(row)) return row;
  const how = row.rows.length === 1 ? opposite(around) : row.how;
  return { how, rows: row.rows.map((it) => stood(it, how)) };
}
const root = fc.record({ how: fc.constantFrom<How>("all", "any"), rows: rowsAt(1, 0) }).map(({ how, rows }): Group => {
  const own = rows.length < 2 ? "all" : how;
  return { how: own, rows: rows.map((it) => stood(it, own)) };
});

const { text } = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.constantFrom(...leaves.map(({ cel }) => cel)),
    fc.tuple(tie("text"), tie("text")).map(([one, two]) => `${one} && ${two}`),
    fc.tuple(tie("text"), tie("text")).map(([one, two]) => `${one}||${two}`),
    tie("text").map((it) => `( ${it} )`),
    tie("text").map((it) => `!(${it})`),
    fc.tuple(tie("text"), tie("text"), tie("text")).map((them) => {
      const [one, two, three] = them.map((it) => `(${it})`);
      return `${one} ? ${two} : ${three}`;
    }),
  ),
}));
const truth = fc.constantFrom(true, false, null);
const record = fc.record({ a: truth, b: truth, c: truth, t: fc.constantFrom("x || (y", "it's && )", null) });

describe("rows and expressions", () => {
  test("rows are read back from their expression", () =>
    fc.assert(
      fc.property(root, (rows) => {
        expect(readRows(textOf(rows))).toEqual(rows);
      }),
    ));

  test("an expression means the same when it is read as rows and said again", () =>
    fc.assert(
      fc.property(text, record, (said, values) => {
        const rows = readRows(said);
        fc.pre(checkExpression(said, scope).expression !== undefined);
        expect(rows, said).toBeDefined();
        expect(valueOf(textOf(rows!), values), `${said} → ${textOf(rows!)}`).toEqual(valueOf(said, values));
      }),
    ));

  test("what was said by rows stands for itself: it is said the same again", () =>
    fc.assert(
      fc.property(text, (said) => {
        const again = textOf(readRows(said)!);
        expect(textOf(readRows(again)!)).toBe(again);
      }),
    ));

  test("every act on rows gives rows that are read back", () =>
    fc.assert(
      fc.property(root, fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }), fc.nat(7), (rows, path, act) => {
        const at = path.filter((_, index) => rowAt(rows, path.slice(0, index + 1)) !== undefined) as At;
        fc.pre(at.length > 0 && rowAt(rows, at) !== undefined);
        const acts = [
          () => without(rows, at),
          () => dissolved(rows, at),
          () => turned(rows, at),
          () => shifted(rows, at, 1).root,
          () => shifted(rows, at, -1).root,
          () => grouped(rows, at).root,
          () => ungrouped(rows, at).root,
          () => withCondition(rows, at.slice(0, -1), "a", at.length < deepest),
        ];
        const next = acts[act]!();
        expect(readRows(textOf(next))).toEqual(next);
      }),
    ));

  test.each([
    ["", { how: "all", rows: [] }],
    ["a && (b || c)", { how: "all", rows: [{ cel: "a" }, { how: "any", rows: [{ cel: "b" }, { cel: "c" }] }] }],
    ["a || b && c", { how: "any", rows: [{ cel: "a" }, { how: "all", rows: [{ cel: "b" }, { cel: "c" }] }] }],
    ["a ? b : c", { how: "all", rows: [{ cel: "(a ? b : c)" }] }],
    ["x.any(v, v > 1 && v < 3) && a", { how: "all", rows: [{ cel: "x.any(v, v > 1 && v < 3)" }, { cel: "a" }] }],
    ["(a || (b && (c || (a && b))))", undefined],
  ])("%s stands in rows as it is meant", (said, rows) => {
    if (rows) expect(readRows(said)).toEqual(rows);
    else expect(JSON.stringify(readRows(said))).toContain('{"cel":"(c || (a && b))"}');
  });

  test.each(["a &&", "(a", "a)", "t == 'x", "a // why", "t == r'\\'", "t == '''it's'''", "()"])(
    "%s is left to be typed",
    (said) => expect(readRows(said)).toBeUndefined(),
  );

  test("a row goes into the group before it and comes out again", () => {
    const rows = readRows("(a || b) && c")!;
    const inside = grouped(rows, [1]);
    expect(textOf(inside.root)).toBe("(a || b || c)");
    expect(rowAt(inside.root, inside.at)).toEqual({ cel: "c" });
    const outside = ungrouped(inside.root, inside.at);
    expect(textOf(outside.root)).toBe("(a || b) && c");
    expect(rowAt(outside.root, outside.at)).toEqual({ cel: "c" });
    expect(canGroup(readRows("a && (b || (c && a))")!, [1, 1, 0])).toBe(false);
  });
});
