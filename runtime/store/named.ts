import { createHash } from "node:crypto";
import type { Model } from "engine";
import { Slot, type CompiledStatement } from "engine/sql";

/** A statement that each connection plans once, where it has a name. */
export type NamedStatement = CompiledStatement & { readonly name?: string };

/** So many of a model: every name is a plan that each connection keeps. */
const namesMost = 200;
const known = new WeakMap<Model, Map<string, string>>();

/**
 * Gives a statement the name by which connections remember its plan: for point reads and writes, whose plan is the same
 * whatever they are asked. Of more than two hundred under one model the later ones stay without.
 */
export function named(model: Model, statement: CompiledStatement, most = namesMost): NamedStatement {
  const names = known.get(model) ?? new Map<string, string>();
  known.set(model, names);
  const { sql } = statement;
  if (!names.has(sql) && names.size < most) names.set(sql, nameOf(model, sql));
  const name = names.get(sql);
  return name === undefined ? statement : { ...statement, name };
}

/** Half of the names stay for points. */
const alikeMost = namesMost / 2;

/**
 * The same for a statement that asks all rows the same whoever asks it: slots alone stand in it. What people filter by
 * wants a plan of its own.
 */
export function namedWhereAlike(model: Model, statement: CompiledStatement): NamedStatement {
  const alike = statement.parameters.every((parameter) => parameter instanceof Slot);
  return alike ? named(model, statement, alikeMost) : statement;
}

/** The model's version is part of the name: a statement of the next model is another one. */
function nameOf({ version }: Model, sql: string): string {
  return `m${version}-${createHash("sha256").update(sql).digest("hex").slice(0, 32)}`;
}

/** The name as the driver wants it: there or not. */
export const nameIn = ({ name }: { readonly name?: string }) => (name === undefined ? {} : { name });
