import { sql } from "kysely";
import type { Change } from "../change.ts";
import type { Entity, Field } from "../model.ts";
import { choiceValues, movesValues } from "../plan.ts";
import { refusedBy } from "./breaks-conditions.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { conversionIn } from "./ddl-swap.ts";
import { tableOf } from "./names.ts";
import { oldColumns } from "./standing.ts";
import type { Publishing } from "./statement.ts";
import type { Piece } from "./write.ts";

/** What a move is about, as it stands now and as it is to stand. */
export interface Concerned {
  readonly entity: Entity | undefined;
  readonly old: Field | undefined;
  readonly field: Field | undefined;
}

/** How the records that break what a move asks for are counted, sampled and listed. */
export interface BreakStatements {
  readonly entity: string;
  readonly count: CompiledStatement;
  readonly sample: CompiledStatement;
  readonly ids: CompiledStatement;
  /** What the list of the entity, as it is now, is filtered by; undefined where only ids can say it. */
  readonly filter: string | undefined;
}

const sampleMost = 5;

/** The statements that find what a move would break; undefined where it can break nothing. */
export function breakStatements(
  publishing: Publishing,
  change: Change,
  standing: Concerned,
): BreakStatements | undefined {
  const { entity } = standing;
  const found = entity && brokenBy(publishing, change, standing);
  if (!entity || !found) return undefined;
  const { where, value, filter } = found;
  const table = sql.raw(tableOf(publishing.schema, entity.name));
  return {
    entity: entity.name,
    count: compile(sql`select count(*)::int as n from ${table} as t where ${where}`),
    sample: compile(sql`select t.id, coalesce(${nameOf(entity)}, '') as name, to_json(${value}) as value
      from ${table} as t where ${where} order by t.id limit ${sql.raw(String(sampleMost))}`),
    ids: compile(sql`select t.id from ${table} as t where ${where} order by t.id`),
    filter,
  };
}

const nameOf = ({ nameField }: Entity): Piece =>
  nameField ? sql`t.${sql.id(oldColumns(nameField)[0] ?? "id")}::text` : sql`t.id::text`;

interface Broken {
  readonly where: Piece;
  readonly value: Piece;
  /** What the list of the entity, as it is now, is filtered by; undefined where only ids can say it. */
  readonly filter: string | undefined;
}

const live = sql`t.deleted_at is null`;

function brokenBy(publishing: Publishing, change: Change, { entity, old, field }: Concerned): Broken | undefined {
  const columns = old ? oldColumns(old) : [];
  const [first] = columns.map((name) => sql`t.${sql.id(name)}`);
  switch (change.act) {
    case "field.add":
      return field?.required && !field.type.computed && !hasDefault(field)
        ? { where: live, value: sql`null::text`, filter: undefined }
        : undefined;
    case "field.required":
      if (!change.required || !first) return undefined;
      if (field && hasDefault(field) && old?.required) return undefined;
      return { where: sql`${first} is null and ${live}`, value: first, filter: `${old?.name} == null` };
    case "field.unique":
      return change.unique && old && first && entity ? doubled(publishing, entity.name, columns) : undefined;
    case "entity.unique": {
      if (!change.unique || !entity) return undefined;
      const fields = [...entity.fields.values()].filter(({ address }) => change.fields.includes(address));
      const all = fields.flatMap((it) => Object.keys(it.columns));
      return all.length > 0 ? doubled(publishing, entity.name, all) : undefined;
    }
    case "choices.change":
      return first && old ? withChoices(change, old, first) : undefined;
    case "field.retype":
      return old && field && first ? unconverted(publishing, change, old, field, columns) : undefined;
    case "field.limits":
      return old && field && first ? outside(change, old, field, first) : undefined;
    default:
      return refusedBy(publishing, change, { entity, old, field });
  }
}

const hasDefault = ({ property }: Field) =>
  property.default !== undefined &&
  property.default !== null &&
  !(typeof property.default === "object" && "cel" in property.default);

function doubled(publishing: Publishing, entity: string, columns: readonly string[]): Broken {
  const table = sql.raw(tableOf(publishing.schema, entity));
  const same = sql.join(
    columns.map((column) => sql`d.${sql.id(column)} = t.${sql.id(column)}`),
    sql` and `,
  );
  return {
    where: sql`${live} and exists (select 1 from ${table} as d where d.deleted_at is null and d.id <> t.id and ${same})`,
    value: sql`t.${sql.id(columns[0] ?? "id")}`,
    filter: undefined,
  };
}

function withChoices(change: Change & { act: "choices.change" }, old: Field, column: Piece): Broken | undefined {
  const open = change.removed.filter((value) => change.mapping?.[value] === undefined);
  if (open.length === 0) return undefined;
  const many = old.type.name === "multi_select";
  return {
    where: many ? sql`${column} && ${open}::text[] and ${live}` : sql`${column} = any(${open}::text[]) and ${live}`,
    value: column,
    filter: many ? undefined : `${old.name} in [${open.map((value) => JSON.stringify(value)).join(", ")}]`,
  };
}

function unconverted(
  publishing: Publishing,
  change: Change,
  old: Field,
  field: Field,
  columns: readonly string[],
): Broken | undefined {
  if (!movesValues(old, field, change) || Object.keys(field.columns).length === 0) return undefined;
  const after = conversionIn(publishing, change, old, field, "t");
  const before = sql`t.${sql.id(columns[0] ?? "")}`;
  return {
    where: sql`${before} is not null and ${after?.[0] ?? sql`null`} is null and ${live}`,
    value: before,
    filter: after ? undefined : `${old.name} != null`,
  };
}

function outside(
  change: Change & { act: "field.limits" },
  old: Field,
  field: Field,
  column: Piece,
): Broken | undefined {
  const { minimum, maximum, minLength, maxLength } = field.property as Readonly<Record<string, number>>;
  const numeric = ["integer", "bigint", "numeric"].includes(Object.values(old.columns)[0] ?? "");
  const text = Object.values(old.columns)[0] === "text";
  const amount = old.type.name === "money" ? `${old.name}.amount` : old.name;
  const tests: { readonly where: Piece; readonly filter: string }[] = [];
  for (const limit of change.limits) {
    if (limit === "minimum" && numeric)
      tests.push({ where: sql`${column} < ${minimum}::numeric`, filter: `${amount} < ${minimum}` });
    if (limit === "maximum" && numeric)
      tests.push({ where: sql`${column} > ${maximum}::numeric`, filter: `${amount} > ${maximum}` });
    if (limit === "minLength" && text)
      tests.push({
        where: sql`char_length(${column}) < ${minLength}::integer`,
        filter: `size(${old.name}) < ${minLength}`,
      });
    if (limit === "maxLength" && text)
      tests.push({
        where: sql`char_length(${column}) > ${maxLength}::integer`,
        filter: `size(${old.name}) > ${maxLength}`,
      });
  }
  if (tests.length === 0) return undefined;
  const any = sql.join(
    tests.map(({ where }) => where),
    sql` or `,
  );
  return { where: sql`(${any}) and ${live}`, value: column, filter: tests.map(({ filter }) => filter).join(" || ") };
}

/** What a retyped or mapped field would hold: what does not convert first, for it is what a person must see. */
export function sampleStatement(
  publishing: Publishing,
  change: Change,
  { entity, old, field }: Concerned,
): CompiledStatement | undefined {
  if ((change.act !== "field.retype" && change.act !== "choices.change") || !entity || !old || !field) return undefined;
  if (!movesValues(old, field, change) || oldColumns(old).length === 0) return undefined;
  const after = conversionIn(publishing, change, old, field, "t")?.[0] ?? sql`null::text`;
  const before = sql`t.${sql.id(oldColumns(old)[0] ?? "id")}`;
  const chosen = change.act === "choices.change" ? changedChoices(before, old, field) : sql`true`;
  return compile(sql`select id, coalesce(name, '') as name, to_json(before) as before, to_json(after) as after from (
      select t.id, ${nameOf(entity)} as name, ${before} as before, ${after} as after
      from ${sql.raw(tableOf(publishing.schema, entity.name))} as t where ${before} is not null and ${live} and ${chosen}
      limit 5000) as tried order by after is not null, id limit 10`);
}

/** The most values in doubt that a plan lists; a person decides about each. */
const doubtfulMost = 200;

/** How a retyped field converts: how many records do, how many are in doubt or empty, and which values are in doubt. */
export function conversionStatements(
  publishing: Publishing,
  change: Change,
  { entity, old, field }: Concerned,
): { readonly counts: CompiledStatement; readonly doubtful: CompiledStatement } | undefined {
  if (change.act !== "field.retype" || !entity || !old || !field) return undefined;
  if (!movesValues(old, field, change) || oldColumns(old).length === 0) return undefined;
  const after = conversionIn(publishing, change, old, field, "t")?.[0] ?? sql`null::text`;
  const before = sql`t.${sql.id(oldColumns(old)[0] ?? "id")}`;
  const tried = sql`select ${before} as before, ${after} as after
    from ${sql.raw(tableOf(publishing.schema, entity.name))} as t where ${live}`;
  return {
    counts: compile(sql`select count(after)::int as converts,
      (count(before) filter (where after is null))::int as doubtful,
      (count(*) filter (where before is null))::int as empty from (${tried}) as tried`),
    doubtful: compile(sql`select before::text as value, count(*)::int as records from (${tried}) as tried
      where before is not null and after is null
      group by before::text order by records desc, before::text limit ${sql.raw(String(doubtfulMost))}`),
  };
}

function changedChoices(before: Piece, old: Field, field: Field): Piece {
  const kept = choiceValues(field);
  const going = choiceValues(old).filter((value) => !kept.includes(value));
  return old.type.name === "multi_select" ? sql`${before} && ${going}::text[]` : sql`${before} = any(${going}::text[])`;
}
