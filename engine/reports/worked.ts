import type { ReportMeasure } from "schemas";
import { checkExpression, type Checked } from "../expression/check.ts";
import type { Type } from "../expression/type.ts";
import type { Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";

/** A measure that is worked out of others when they are known. */
export interface Worked {
  readonly id: string;
  readonly formula?: Checked;
  readonly ratio?: readonly [over: string, under: string];
}

/** Formulas and ratios in their order. `types` has those of what is known, and is told theirs; faults are told by their places. */
export function workedOf(
  model: Model,
  measures: readonly { readonly measure: ReportMeasure; readonly place: string }[],
  types: Map<string, Type>,
  faults: Fault[],
): readonly Worked[] {
  return measures.flatMap(({ measure, place }): readonly Worked[] => {
    const { id, agg, over = "", under = "", value } = measure;
    if (agg === "ratio") {
      const [one, other] = [types.get(over), types.get(under)];
      if (!one || !other) {
        faults.push(fault("report.malformed", { wanted: "the ids of two measures that stand before it", path: place }));
        return [];
      }
      types.set(id, { kind: one.kind === "money" && other.kind === "number" ? "money" : "number" });
      return [{ id, ratio: [over, under] }];
    }
    if (agg !== "formula") return [];
    const { expression, faults: found } = checkExpression(value?.cel ?? "", { model, roots: new Map(types) });
    faults.push(...found.map((it) => ({ ...it, path: `${place}/value`, status: 400 as const })));
    if (!expression) return [];
    types.set(id, expression.type);
    return [{ id, formula: expression }];
  });
}
