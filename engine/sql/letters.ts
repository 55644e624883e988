import { sql } from "kysely";
import type { Checked } from "../expression/check.ts";
import type { Entity, Field } from "../model.ts";
import type { ListPlan } from "../query.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { compileCondition, compileExpression } from "./expression.ts";
import { conditions } from "./select.ts";
import { idsSlot } from "./slot.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/** What a message wants to know of records: where they are written to, values, and which conditions hold. */
export interface LetterAsked {
  readonly entity: Entity;
  readonly address: Field;
  readonly variables: readonly Checked[];
  readonly conditions: readonly Checked[];
}

/** Of records by their ids: `id`, `address`, `v` (values as JSON, in their order) and `c` (conditions). */
export function lettersStatement(reader: Reader, asked: LetterAsked): CompiledStatement {
  const source = new Source(reader, asked.entity);
  const address = sql.id(source.root.alias, asked.address.name);
  return standing(source, sql`${told(source, asked)}, ${address} as address`);
}

/** The same of what is no letter: `id`, `v` and `c`. */
export function toldStatement(reader: Reader, asked: Omit<LetterAsked, "address">): CompiledStatement {
  const source = new Source(reader, asked.entity);
  return standing(source, told(source, asked));
}

function standing(source: Source, columns: Piece): CompiledStatement {
  return compile(sql`select ${columns} from ${source.from()} where ${sql.id(source.root.alias)}.id = any(${idsSlot()})
    and ${sql.id(source.root.alias)}.deleted_at is null`);
}

function told(source: Source, { variables, conditions: asked }: Omit<LetterAsked, "address">): Piece {
  const context = source.context(source.root);
  const values = variables.map((it): Piece => {
    const value = compileExpression(it, context);
    return "value" in value
      ? sql`to_json(${value.value})`
      : sql`case when ${value.amount} is not null then json_build_object('amount', ${value.amount}::text, 'currency', ${value.currency}) end`;
  });
  const holds = asked.map((it) => sql`(${compileCondition(it, context)})`);
  const alias = sql.id(source.root.alias);
  return sql`${alias}.id,
    ${values.length === 0 ? sql`'[]'::json` : sql`json_build_array(${sql.join(values)})`} as v,
    ${holds.length === 0 ? sql`'[]'::json` : sql`json_build_array(${sql.join(holds)})`} as c`;
}

/** The records of a list with an address, as their reader sees them: `id` and `address`. All of them. */
export function audienceStatement(reader: Reader, plan: ListPlan, address: Field): CompiledStatement {
  const source = new Source(reader, plan.entity);
  const column = sql.id(source.root.alias, address.name);
  const where = conditions(source, plan);
  return compile(sql`select ${sql.id(source.root.alias)}.id, lower(btrim(${column})) as address from ${source.from()}
    where ${where} and ${column} is not null`);
}

/** Of how many records of a list each of some values is empty: `n`, and `e` (how many, in their order). */
export function emptyStatement(reader: Reader, plan: ListPlan, variables: readonly Checked[]): CompiledStatement {
  const source = new Source(reader, plan.entity);
  const context = source.context(source.root);
  const where = conditions(source, plan);
  const counts = variables.map((it): Piece => {
    const value = compileExpression(it, context);
    const piece = "value" in value ? value.value : value.amount;
    return sql`count(*) filter (where ${piece} is null or (${piece})::text = '')`;
  });
  return compile(sql`select count(*)::integer as n,
    ${counts.length === 0 ? sql`'[]'::json` : sql`json_build_array(${sql.join(counts)})`} as e
    from ${source.from()} where ${where}`);
}
