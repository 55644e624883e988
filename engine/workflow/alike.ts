import type { Delay } from "schemas";
import type { Checked } from "../expression/check.ts";
import { below, type Node } from "../expression/tree.ts";
import type { Entity, Field, Model } from "../model.ts";
import { dailyInputs, dailyOn } from "../reports/daily.ts";
import { queuesOf } from "../routing/queue.ts";
import { hasRules } from "../rules.ts";
import { policiesOn } from "../sla/policy.ts";
import { isExpression } from "../values.ts";

/** Whether an expression reads the record, the context and the moment alone: what each of many runs has in its own rows. */
export function isOwn(node: Node): boolean {
  if (node.op === "path") {
    const [step, more] = node.steps;
    if (node.root === "context") return !step;
    return node.root === "record" && !more && !step?.list && step?.field?.type.name !== "formula";
  }
  return below(node).every(isOwn);
}

/** What of a kind may be worked out for fields of these types; of the others only what is said outright. */
const storedKinds: Readonly<Record<string, readonly string[] | undefined>> = {
  text: ["text", "long_text"],
  choice: [],
  boolean: ["boolean"],
  number: [],
  date: ["date"],
  moment: ["date_time"],
};

/** The kinds of values that one statement may put into a field as they are worked out. */
export const typedKinds: ReadonlySet<string> = new Set(["text", "boolean", "date", "moment"]);

/** What keeps a field from being written by a statement for many records, whatever is put there; in words. */
export function fieldHindrance(entity: Entity, name: string): string | undefined {
  const field = entity.fields.get(name);
  const columns = Object.keys(field?.columns ?? {}).length;
  if (!field || columns !== 1) return `what is kept in "${field?.title ?? name}"`;
  const known = storedKinds[kindOf(field)] !== undefined;
  return known && field.property.unique !== true ? undefined : `what is kept in "${field.title}"`;
}

/** The same for what is worked out for the field: of a kind, or of none that has a type of its own. */
export function workedHindrance(field: Field, kind: string | undefined): string | undefined {
  const fits = kind !== undefined && typedKinds.has(kind) && storedKinds[kindOf(field)]?.includes(field.type.name);
  return fits ? undefined : `what is worked out for "${field.title}"`;
}

const kindOf = (field: Field) => field.type.type(field.property).kind;

/** What follows from a change of these fields of an entity's records, and keeps many of them from being changed by a statement; in words. */
export function entityHindrances(model: Model, entity: Entity, changing: readonly Field[]): readonly string[] {
  const summed = dailyOn(model, entity.name).map(dailyInputs);
  return [
    ...(entity.name === "user" ? ["what hangs on users"] : []),
    ...(hasRules(model, entity) ? ["the rules of its records"] : []),
    ...(policiesOn(model, entity.name).length > 0 ? ["the promises about its records"] : []),
    ...(queuesOf(model, entity.name).length > 0 ? ["the queues of its records"] : []),
    ...changing.flatMap(({ name, title }) =>
      summed.some((inputs) => inputs.has(name)) ? [`the sums that are kept by "${title}"`] : [],
    ),
  ];
}

/** Who has a role or takes from a queue is asked of the database. */
export const groupHindrance = "who has a role or a queue";

/** What keeps a wait from being begun by a statement for many runs, in words. */
export function delayHindrance(
  { at, until, window }: Delay,
  entity: Entity,
  expression: (cel: string) => Checked | undefined,
): string | undefined {
  if (window) return "hours of days";
  if (at) {
    const checked = expression(at.cel);
    if (checked && !isOwn(checked.node)) return `what "${at.cel}" reads`;
    return checked?.type.kind === "moment" ? undefined : "a wait for a day";
  }
  if (until === undefined) return undefined;
  return entity.fields.get(until)?.type.name === "date_time" ? undefined : "a wait for a day";
}

/** Every expression among parameters. */
export function celsAmong(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return isExpression(value) ? [value.cel] : Object.values(value).flatMap(celsAmong);
}
