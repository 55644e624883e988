import { sql } from "kysely";
import type { Guard } from "schemas";
import type { Model } from "../model.ts";
import { isOwn } from "../workflow/alike.ts";
import { celOf } from "../workflow/guards.ts";
import type { Machine } from "../workflow/machine.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { compileCondition } from "./expression.ts";
import { ownContext } from "./many.ts";
import { Source } from "./source.ts";

/** Runs of a workflow by its name that stand in a state. */
interface Standing {
  readonly workflow: string;
  readonly state: string;
  /** The versions of the model by which they go; all where none are named. */
  readonly versions: readonly number[] | null;
}

/**
 * How many runs that stand somewhere fulfil none of some guards. Nothing where one of them looks at more than the run and
 * its record: then it is not known before somebody moves.
 */
export function unfulfilledStatement(
  { model, schema, machine }: { readonly model: Model; readonly schema: string; readonly machine: Machine },
  guards: readonly Guard[],
  { workflow, state, versions }: Standing,
): CompiledStatement | undefined {
  const source = new Source({ model, schema, access: undefined }, machine.entity, "c");
  const context = ownContext((root, steps) => {
    if (root === "context") return { value: sql`r.context` };
    const field = steps[0]?.field;
    return field ? source.value(field) : { value: sql`c.id` };
  });
  const conditions = guards.flatMap((guard) => {
    const checked = machine.expression(celOf(guard) ?? "");
    return checked && isOwn(checked.node) ? [compileCondition(checked, context)] : [];
  });
  if (conditions.length < guards.length) return undefined;
  const runs = sql`${sql.raw(schema)}._run as r join ${source.from()} on c.id = r.record`;
  return compile(sql`select count(*)::int as n from ${runs}
    where r.workflow = ${workflow} and r.state = ${state} and r.status = 'active'
      and (${versions}::integer[] is null or r.version = any(${versions}::integer[])) and not (${sql.join(conditions, sql` or `)})`);
}
