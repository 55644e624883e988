import { checkExpression, type Checked } from "./expression/check.ts";
import { evaluate, type Environment } from "./expression/evaluate.ts";
import { leadsThrough } from "./expression/explain.ts";
import { recordScope } from "./expression/scope.ts";
import type { Path } from "./expression/tree.ts";
import type { Entity, Model } from "./model.ts";
import { isExpression } from "./values.ts";

const known = new WeakMap<Model, Map<string, ReadonlyMap<string, Checked>>>();

/** The formulas of an entity by the names of their fields; read once a model. */
export function formulasOf(model: Model, entity: Entity): ReadonlyMap<string, Checked> {
  const ofModel = known.get(model) ?? new Map<string, ReadonlyMap<string, Checked>>();
  known.set(model, ofModel);
  const found = ofModel.get(entity.name) ?? readFormulas(model, entity);
  ofModel.set(entity.name, found);
  return found;
}

/** A record with its formulas, each worked out when somebody looks. */
export function withFormulas(model: Model, entity: Entity, environment: Environment): Environment {
  const record: Record<string, unknown> = { ...environment.record };
  const within: Environment = { ...environment, record };
  for (const [name, checked] of formulasOf(model, entity))
    Object.defineProperty(record, name, { enumerable: true, get: () => evaluate(checked, within) });
  return within;
}

/** The fields of the record itself that paths begin with, and those that the formulas among them read. */
export function inputsOf(model: Model, entity: Entity, paths: readonly Path[]): ReadonlySet<string> {
  const formulas = formulasOf(model, entity);
  const names = new Set<string>();
  const visit = (path: Path) => {
    const [first] = path;
    if (!first?.field || names.has(first.name)) return;
    names.add(first.name);
    formulas.get(first.name)?.paths.forEach(visit);
  };
  paths.forEach(visit);
  return names;
}

/** Some places of a record (`leadsThrough`), and the formulas that read one of them. */
export function withReaders(model: Model, entity: Entity, places: ReadonlySet<string>): ReadonlySet<string> {
  if (places.size === 0) return places;
  const all = new Set(places);
  const formulas = formulasOf(model, entity);
  for (let size = -1; size < all.size;) {
    size = all.size;
    for (const [name, checked] of formulas) if (readsAny(checked, all)) all.add(name);
  }
  return all;
}

/** Whether an expression over a record reads one of these places of it. */
export function readsAny({ paths }: Checked, places: ReadonlySet<string>): boolean {
  return paths.some((path) => leadsThrough(path, places));
}

function readFormulas(model: Model, entity: Entity): ReadonlyMap<string, Checked> {
  const scope = recordScope(model, entity.name);
  const fields = [...entity.fields.values()].filter(({ type }) => type.name === "formula");
  return new Map(
    fields.flatMap(({ name, property }) => {
      const given: unknown = property.value;
      const checked = isExpression(given) ? checkExpression(given.cel, scope).expression : undefined;
      return checked ? [[name, checked] as const] : [];
    }),
  );
}
