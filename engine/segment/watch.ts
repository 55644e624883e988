import { readsIn, type Read } from "../expression/reads.ts";
import type { Model } from "../model.ts";
import { segmentsIn, type ReadSegment } from "./segment.ts";

/** What a segment hangs on: a field of records that `chain` leads to from those of the segment. */
export interface Watch extends Read {
  readonly segment: ReadSegment;
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
    if (clause.kind === "where") return readsIn(model, segment.entity, clause.where).map((it) => ({ segment, ...it }));
    if (clause.kind !== "consent") return [];
    const reaching = [...segment.entity.fields.values()].filter(({ type }) => type.reaches === clause.clause.channel);
    return reaching.map(({ name }) => ({ segment, entity: segment.entity.name, field: name, chain: [] }));
  });
  return [...new Map(watches.map((it) => [keyOf(it), it])).values()];
}

const keyOf = ({ entity, field, chain }: Watch) => JSON.stringify([entity, field, chain.map(({ name }) => name)]);

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
