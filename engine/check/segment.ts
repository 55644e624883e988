import type { SegmentDocument } from "schemas";
import { checkExpression } from "../expression/check.ts";
import { oddClock, readsAsker } from "../expression/linear.ts";
import { recordScope } from "../expression/scope.ts";
import { formulasOf } from "../formulas.ts";
import type { Entity, Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import { circleOf, secondsOf } from "../segment/segment.ts";
import type { Known } from "./field.ts";
import { near, placeOf } from "./place.ts";

const windowSecondsMost = 10 * 366 * 86_400;

/** Whether a segment can be kept: it says something, its names are known, and nobody's clock surprises it. */
export function checkSegment(model: Model, document: SegmentDocument, known: Known): readonly Fault[] {
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
  const { where, facts = [], consent = [], score: scores = [], in: parts = [] } = document;
  const empty = where === undefined && facts.length + consent.length + scores.length + parts.length === 0;
  const circle = circleOf(model, document);
  return [
    ...(empty ? [fault("segment.empty", { path: placeOf(document) })] : []),
    ...(where === undefined
      ? []
      : whereFaults(model, entity, where.cel).map((it) => ({ ...it, path: placeOf(document, "where", "cel") }))),
    ...facts.flatMap((clause, at) => {
      const seconds = secondsOf(clause);
      const wrong = seconds !== undefined && (seconds <= 0 || seconds > windowSecondsMost);
      return wrong ? [fault("segment.window", { path: placeOf(document, "facts", at, "within") })] : [];
    }),
    ...consent.flatMap(({ purpose, channel }, at) => [
      ...(model.purposes.has(purpose) || known("purpose", purpose)
        ? []
        : [
            fault("purpose.unknown", {
              purpose,
              path: placeOf(document, "consent", at, "purpose"),
              ...near(purpose, model.purposes.keys()),
            }),
          ]),
      ...([...entity.fields.values()].some(({ type }) => type.reaches === channel)
        ? []
        : [
            fault("segment.address", {
              channel,
              entity: entity.name,
              path: placeOf(document, "consent", at, "channel"),
            }),
          ]),
    ]),
    ...scores.flatMap(({ score }, at) => {
      const found = model.scores.get(score);
      const wrong = found ? found.entity !== document.entity : !known("score", score);
      return wrong ? [fault("score.unknown", { score, path: placeOf(document, "score", at, "score") })] : [];
    }),
    ...parts.flatMap(({ segment }, at) => {
      const path = placeOf(document, "in", at, "segment");
      const other = model.segments.get(segment);
      if (!other)
        return known("segment", segment)
          ? []
          : [fault("segment.unknown", { segment, path, ...near(segment, model.segments.keys()) })];
      return other.entity === document.entity
        ? []
        : [fault("segment.foreign", { segment, entity: other.entity, path })];
    }),
    ...(circle ? [fault("segment.circle", { circle: circle.join(" → "), path: placeOf(document, "in") })] : []),
  ];
}

function whereFaults(model: Model, entity: Entity, cel: string): readonly Fault[] {
  const { expression, faults } = checkExpression(cel, recordScope(model, entity.name), { kind: "boolean" });
  if (!expression) return faults;
  const odd = oddClock(expression.node);
  const clocked = expression.paths.filter(([first]) => first && formulasOf(model, entity).get(first.name)?.usesClock);
  return [
    ...(odd ? [fault("segment.clock", { part: cel.slice(odd.start, odd.end) })] : []),
    ...(readsAsker(expression.node) ? [fault("segment.asker", {})] : []),
    ...clocked.map((path) => fault("segment.clock", { part: path.map(({ name }) => name).join(".") })),
  ];
}
