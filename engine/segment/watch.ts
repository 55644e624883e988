import type { Checked } from "../expression/check.ts";
import { below, type Node, type Path, type Step } from "../expression/tree.ts";
import { formulasOf } from "../formulas.ts";
import type { Entity, Model } from "../model.ts";
import { segmentsIn, type ReadSegment } from "./segment.ts";

/** What a segment hangs on: a field of records that `chain` leads to from those of the segment. */
export interface Watch {
  readonly segment: ReadSegment;
  /** The entity of the records whose writes count. */
  readonly entity: string;
  readonly field: string;
  readonly chain: Path;
}

const known = new WeakMap<Model, ReadonlyMap<string, readonly Watch[]>>();

/** What of an entity's records the segments of a model hang on. */
export function watchesOn(model: Model, entity: string): readonly Watch[] {
  const found =
    known.get(model) ??
    Map.groupBy(
      segmentsIn(model).flatMap((it) => watchesOf(model, it)),
      (it) => it.entity,
    );
  known.set(model, found);
  return found.get(entity) ?? [];
}

function watchesOf(model: Model, segment: ReadSegment): readonly Watch[] {
  const watches = segment.clauses.flatMap((clause): readonly Watch[] => {
    if (clause.kind === "where") return watchesIn(model, segment, clause.where);
    if (clause.kind !== "consent") return [];
    const reaching = [...segment.entity.fields.values()].filter(({ type }) => type.reaches === clause.clause.channel);
    return reaching.map(({ name }) => ({ segment, entity: segment.entity.name, field: name, chain: [] }));
  });
  return [...new Map(watches.map((it) => [keyOf(it), it])).values()];
}

const keyOf = ({ entity, field, chain }: Watch) => JSON.stringify([entity, field, chain.map(({ name }) => name)]);

/** Where a path begins: with an entity, behind a chain of steps from the segment's record. */
interface Base {
  readonly entity: Entity;
  readonly chain: Path;
}

function watchesIn(model: Model, segment: ReadSegment, where: Checked): readonly Watch[] {
  const found: Watch[] = [];
  const walk = (steps: Path, { entity, chain }: Base): Base | undefined => {
    let here: Base | undefined = { entity, chain };
    for (const step of steps) {
      if (!here) return undefined;
      note(step, here);
      const to: Entity | undefined = model.entities.get(step.to ?? "");
      here = to && { entity: to, chain: [...here.chain, step] };
    }
    return here;
  };
  const note = (step: Step, { entity, chain }: Base) => {
    if (step.list)
      found.push({ segment, entity: step.list.entity, field: step.list.reference.name, chain: [...chain, step] });
    else found.push({ segment, entity: entity.name, field: step.name, chain });
    const formula = step.field && formulasOf(model, entity).get(step.name);
    if (formula) visit(formula.node, { entity, chain }, new Map());
  };
  const visit = (node: Node, root: Base, variables: ReadonlyMap<string, Base>) => {
    if (node.op === "path") {
      const base = node.root === "record" ? root : variables.get(node.root);
      if (base) walk(node.steps, base);
    } else if (node.op === "some" && node.list.op === "path") {
      const base = node.list.root === "record" ? root : variables.get(node.list.root);
      const inner = base && walk(node.list.steps, base);
      if (inner) visit(node.condition, root, new Map(variables).set(node.variable, inner));
    } else for (const child of below(node)) visit(child, root, variables);
  };
  visit(where.node, { entity: segment.entity, chain: [] }, new Map());
  return found;
}

/** The documents by anchor on which a segment's members hang beside its own. */
export function inputsOfSegment(model: Model, segment: ReadSegment): ReadonlySet<string> {
  const entities = new Set([segment.entity.name, ...watchesOf(model, segment).map(({ entity }) => entity)]);
  return new Set(
    [...entities].flatMap((name) => {
      const entity = model.entities.get(name);
      const workflows = (entity?.stateFields ?? []).flatMap(
        ({ property }) => model.workflows.get(String(property.workflow))?.meta.id ?? [],
      );
      return entity ? [entity.anchor, ...workflows] : [];
    }),
  );
}

/** The fields on which a segment hangs, whoever has them. */
export const readsOf = (model: Model, segment: ReadSegment): readonly Pick<Watch, "entity" | "field">[] =>
  watchesOf(model, segment);
