import type { ScoreDocument } from "schemas";
import { checkExpression } from "../expression/check.ts";
import { readsAsker, readsClock } from "../expression/linear.ts";
import { durationOf } from "../expression/literal.ts";
import { recordScope } from "../expression/scope.ts";
import { formulasOf } from "../formulas.ts";
import type { Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import type { Known } from "./field.ts";
import { near, placeOf } from "./place.ts";

const isSpan = (text: string | undefined) => text === undefined || Number(durationOf(text) ?? 0) > 0;

/** Whether a score can be kept: its conditions are of the record alone, its spans and its threshold make sense. */
export function checkScore(model: Model, document: ScoreDocument, known: Known): readonly Fault[] {
  const { fit = [], behaviour = [], grades, threshold } = document;
  const entity = model.entities.get(document.entity);
  if (!entity)
    return known("entity", document.entity)
      ? []
      : [
          fault("document.entity_unknown", {
            entity: document.entity,
            path: placeOf(document, "entity"),
            ...near(document.entity, model.entities.keys()),
          }),
        ];
  const falling = (cuts: readonly number[]) => cuts.every((cut, at) => at === 0 || cut < cuts[at - 1]!);
  const told = (wrong: boolean, wanted: string, ...steps: readonly (string | number)[]) =>
    wrong ? [fault("score.malformed", { wanted, path: placeOf(document, ...steps) })] : [];
  return [
    ...told(fit.length + behaviour.length === 0, "a rule that gives points"),
    ...told(threshold.leave > threshold.enter, "to be left at no more than it is entered", "threshold", "leave"),
    ...(["fit", "behaviour"] as const).flatMap((part) =>
      told(grades !== undefined && !falling(grades[part]), "cut points that fall, the highest first", "grades", part),
    ),
    ...fit.flatMap(({ when }, at) => {
      const path = placeOf(document, "fit", at, "when", "cel");
      const { expression, faults } = checkExpression(when.cel, recordScope(model, entity.name), { kind: "boolean" });
      if (!expression) return faults.map((it) => ({ ...it, path }));
      const moving = expression.paths.some(
        ([first, ...more]) =>
          more.length > 0 || first?.list || formulasOf(model, entity).get(first?.name ?? "")?.usesClock,
      );
      return moving || readsClock(expression.node) || readsAsker(expression.node)
        ? [fault("score.reaches", { path })]
        : [];
    }),
    ...behaviour.flatMap(({ half_life, window, cap }, at) => [
      ...told(!isSpan(half_life), "a span of more than nothing", "behaviour", at, "half_life"),
      ...told(!isSpan(window), "a span of more than nothing", "behaviour", at, "window"),
      ...told(window !== undefined && cap === undefined, "`cap` with `window`", "behaviour", at, "window"),
    ]),
  ];
}
