import { tests } from "@bufbuild/cel-spec/testdata/conformance.js";
import { isDeepStrictEqual } from "node:util";
import { checkExpression, evaluate, readModel, type Type } from "engine";
import { describe, expect, test } from "vitest";
import { leftOut, otherwise, reasons } from "./cel-left-out.ts";

/** A case as the data have it: an expression, what is bound, and what comes of it. */
interface Case {
  readonly path: string;
  readonly expr: string;
  readonly bindings?: Readonly<Record<string, { readonly value?: Value }>>;
  readonly typeEnv?: unknown;
  readonly value?: Value;
  readonly typedResult?: { readonly result?: Value; readonly deducedType?: unknown };
  readonly evalError?: unknown;
}
type Value = Readonly<Record<string, unknown>>;

interface Suite {
  readonly name: string;
  readonly suites?: readonly Suite[];
  readonly tests?: readonly { readonly original: Record<string, unknown> }[];
}

function casesOf({ name, suites = [], tests: own = [] }: Suite, above: string): readonly Case[] {
  const path = `${above}/${name}`.replace("/conformance/", "");
  return [
    ...own.map(({ original }) => ({ ...original, path: `${path}/${String(original.name)}` }) as unknown as Case),
    ...suites.flatMap((it) => casesOf(it, path)),
  ];
}

const model = readModel([]);
const kinds: Readonly<Record<string, Type>> = {
  boolValue: { kind: "boolean" },
  int64Value: { kind: "number" },
  doubleValue: { kind: "number" },
  stringValue: { kind: "text" },
  nullValue: { kind: "null" },
};
/** A value of the data as ours travel: a number is a decimal as text, a list holds values. */
function oursOf(value: Value): unknown {
  const [kind = ""] = Object.keys(value);
  const given = value[kind];
  if (kind === "listValue") return ((given as { values?: readonly Value[] }).values ?? []).map(oursOf);
  if (kind === "int64Value" || kind === "doubleValue") return Number(given);
  return kind === "nullValue" ? null : given;
}
const heard = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(heard)
    : typeof value === "string" && /^-?[\d.]+$/.test(value)
      ? Number(value)
      : value;

/** What a case comes to: it holds, it says something that ours does not, or ours says it otherwise. */
function outcomeOf({ expr, bindings = {}, typeEnv, ...wanted }: Case): "holds" | "left out" | "otherwise" {
  const bound = Object.entries(bindings).map(([name, { value = {} }]) => [name, value] as const);
  if (typeEnv !== undefined && bound.length === 0) return "left out";
  if (bound.some(([, value]) => !Object.keys(value).every((kind) => Object.hasOwn(kinds, kind)))) return "left out";
  const roots = new Map(bound.map(([name, value]) => [name, kinds[Object.keys(value)[0]!]!]));
  const { expression } = checkExpression(expr, { model, roots });
  if (!expression) return "left out";
  const values = Object.fromEntries(bound.map(([name, value]) => [name, oursOf(value)]));
  const got = evaluate(expression, { ...values, now: "2026-01-01T00:00:00.000Z", today: "2026-01-01" });
  if (wanted.evalError !== undefined) return "otherwise";
  // Where only the type is told, the value is any.
  const want = wanted.value ?? wanted.typedResult?.result ?? (wanted.typedResult ? undefined : { boolValue: true });
  if (want === undefined) return "holds";
  return isDeepStrictEqual(heard(got), heard(oursOf(want))) ? "holds" : "otherwise";
}

const cases = casesOf(tests as unknown as Suite, "").map((it) => ({ ...it, outcome: outcomeOf(it) }));
const holding = cases.filter(({ outcome }) => outcome === "holds");

describe(`CEL's own cases: ${holding.length} of ${cases.length} hold`, () => {
  test("what the profile does not say is told with its reason", () => {
    const told: Record<string, number> = {};
    for (const { expr, bindings, typeEnv, outcome } of cases) {
      if (outcome !== "left out") continue;
      const whole = `${expr} ${JSON.stringify(bindings ?? typeEnv ?? "")}`;
      const [reason] = reasons.find(([, sign]) => sign.test(whole)) ?? [`none: ${expr}`];
      told[reason] = (told[reason] ?? 0) + 1;
    }
    expect(told).toEqual(leftOut);
  });

  test("where it says something else it does so by its laws", () => {
    const paths = cases.flatMap(({ path, outcome }) => (outcome === "otherwise" ? [path] : []));
    expect(paths.toSorted()).toEqual(Object.values(otherwise).flat().toSorted());
  });

  test("all the others hold", () => {
    expect(holding).toHaveLength(331);
  });
});
