import type { Access, Model, RowRule } from "engine";
import { Cache } from "engine/sql";
import { asPart } from "../tracing.ts";
import type { Workspace } from "../workspace.ts";

/** For whom something is worked out, and by which model. */
export interface For {
  readonly workspace: Workspace;
  readonly model: Model;
  readonly access: Access | undefined;
}

const kept = new WeakMap<Model, Cache<unknown>>();
const keptMost = 500;
const numbers = new WeakMap<object, number>();
let given = 0;

/** Plans and statements are made once for a model, an access and a shape of what is asked. */
export function once<Value>({ workspace, model, access }: For, shape: readonly unknown[], make: () => Value): Value {
  const cache = kept.get(model) ?? new Cache<unknown>(keptMost);
  kept.set(model, cache);
  return cache.get(JSON.stringify([workspace.schemaName, numberOf(access), ...shape]), () =>
    asPart("plan", make),
  ) as Value;
}

/** What tells an access, or one of its rules, from every other. */
export function numberOf(it: Access | RowRule | undefined): number {
  if (!it) return 0;
  const number = numbers.get(it) ?? (given += 1);
  numbers.set(it, number);
  return number;
}
