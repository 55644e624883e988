import type { ConsentClause, FactClause, ScoreClause, SegmentClause, SegmentDocument } from "schemas";
import { checkExpression, type Checked } from "../expression/check.ts";
import { readsClock } from "../expression/linear.ts";
import { durationOf } from "../expression/literal.ts";
import { recordScope } from "../expression/scope.ts";
import { below, type Node } from "../expression/tree.ts";
import { formulasOf } from "../formulas.ts";
import type { Entity, Model } from "../model.ts";
import { entrySegment } from "./entry.ts";

/** One clause of a segment: what must hold, and under which name it is explained. */
export type SegmentClauseRead =
  | { readonly kind: "where"; readonly where: Checked }
  | { readonly kind: "facts"; readonly clause: FactClause; readonly withinSeconds: number | undefined }
  | { readonly kind: "consent"; readonly clause: ConsentClause; readonly purpose: string }
  | { readonly kind: "score"; readonly clause: ScoreClause; readonly score: string }
  | { readonly kind: "in"; readonly clause: SegmentClause; readonly segment: string };

/** A segment with all that it is made of at hand. */
export interface ReadSegment {
  readonly document: SegmentDocument;
  readonly anchor: string;
  readonly entity: Entity;
  readonly clauses: readonly SegmentClauseRead[];
  /** It hangs on plain fields of its own record alone: a write says by itself who enters and who leaves. */
  readonly plain: boolean;
  /** Time alone makes records enter or leave. */
  readonly timed: boolean;
  /** Its members are those of whom a moment has come by which a workflow begins: nobody sees it. */
  readonly entry: boolean;
}

const known = new WeakMap<Model, readonly ReadSegment[]>();

/** The segments of a model, each behind those that it is made of, and behind them those by whose moments workflows begin. */
export function segmentsIn(model: Model): readonly ReadSegment[] {
  const found = known.get(model) ?? ordered(model);
  known.set(model, found);
  return found;
}

/** The segments of an entity's records. */
export const segmentsOn = (model: Model, entity: string): readonly ReadSegment[] =>
  segmentsIn(model).filter((segment) => segment.entity.name === entity);

/** A segment by its present name. */
export const segmentNamed = (model: Model, name: string): ReadSegment | undefined =>
  segmentsIn(model).find(({ document }) => document.$id === name);

/** The anchors of the segments that a condition asks for. */
export const segmentsAsked = ({ node }: Pick<Checked, "node">): readonly string[] => {
  const asked = (it: Node): readonly string[] => [
    ...(it.op === "in_segment" ? [it.segment] : []),
    ...below(it).flatMap(asked),
  ];
  return [...new Set(asked(node))];
};

/** Reads a segment by a model; nothing where its entity is not there. */
export function readSegment(model: Model, document: SegmentDocument, entry = false): ReadSegment | undefined {
  const entity = model.entities.get(document.entity);
  if (!entity) return undefined;
  const where = document.where && checkExpression(document.where.cel, recordScope(model, entity.name)).expression;
  const clauses: SegmentClauseRead[] = [
    ...(where ? [{ kind: "where", where } as const] : []),
    ...(document.facts ?? []).map((clause) => ({ kind: "facts", clause, withinSeconds: secondsOf(clause) }) as const),
    ...(document.consent ?? []).flatMap((clause) => {
      const purpose = model.purposes.get(clause.purpose)?.$anchor;
      return purpose === undefined ? [] : [{ kind: "consent", clause, purpose } as const];
    }),
    ...(document.score ?? []).flatMap((clause) => {
      const score = model.scores.get(clause.score)?.$anchor;
      return score === undefined ? [] : [{ kind: "score", clause, score } as const];
    }),
    ...(document.in ?? []).flatMap((clause) => {
      const segment = model.segments.get(clause.segment)?.$anchor;
      return segment === undefined ? [] : [{ kind: "in", clause, segment } as const];
    }),
  ];
  const clocked = where !== undefined && readsClock(where.node);
  return {
    document,
    anchor: document.$anchor,
    entity,
    clauses,
    plain: clauses.length === 1 && where !== undefined && !clocked && isPlain(model, entity, where),
    timed:
      clauses.some((it) => it.kind === "consent" || (it.kind === "facts" && it.withinSeconds !== undefined)) || clocked,
    entry,
  };
}

export const secondsOf = ({ within }: Pick<FactClause, "within">): number | undefined =>
  within === undefined ? undefined : Number(durationOf(within) ?? 0);

/** Whether a condition reads nothing but the record itself, and of that nothing that is written elsewhere. */
function isPlain(model: Model, entity: Entity, where: Checked): boolean {
  const formulas = formulasOf(model, entity);
  const own = (checked: Checked): boolean =>
    checked.paths.every(([first, ...more]) => {
      if (more.length > 0 || !first?.field || first.field.type.name === "rollup") return false;
      const formula = formulas.get(first.name);
      return !formula || own(formula);
    });
  return own(where);
}

function ordered(model: Model): readonly ReadSegment[] {
  const read = [...model.segments.values()].flatMap((document) => readSegment(model, document) ?? []);
  const byAnchor = new Map(read.map((segment) => [segment.anchor, segment]));
  const sorted = new Set<ReadSegment>();
  const visit = (segment: ReadSegment, trail: readonly string[]) => {
    for (const clause of segment.clauses) {
      const inner = clause.kind === "in" ? byAnchor.get(clause.segment) : undefined;
      if (inner && !trail.includes(inner.anchor)) visit(inner, [...trail, inner.anchor]);
    }
    sorted.add(segment);
  };
  for (const segment of read) visit(segment, [segment.anchor]);
  const entries = [...model.workflows.values()].flatMap((it) => {
    const document = entrySegment(model, it);
    return (document && readSegment(model, document, true)) ?? [];
  });
  return [...sorted, ...entries];
}

/** The segments that a segment is made of, however many steps away. Where it comes back to itself, `circle` says how. */
export function circleOf(model: Model, document: SegmentDocument): readonly string[] | undefined {
  const visit = (name: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(name)) return name === document.$id ? [...trail, name] : undefined;
    for (const { segment } of model.segments.get(name)?.in ?? []) {
      const found = visit(segment, [...trail, name]);
      if (found) return found;
    }
    return undefined;
  };
  return visit(document.$id, []);
}
