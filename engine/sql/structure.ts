import type { Entity, Field, Model } from "../model.ts";
import { duplicateRulesOn } from "../likeness.ts";
import { dailyOf, type Daily } from "../reports/daily.ts";
import { addressSql } from "./address.ts";
import { dayText } from "./daily.ts";
import { likenessKey } from "./likeness.ts";
import { identifier, structureName, tableOf } from "./names.ts";

/** A constraint or an index of a table: what it is called, whom it concerns, how it comes and goes. */
export interface Structure {
  readonly name: string;
  readonly kind: "foreign_key" | "unique" | "index";
  /** The identities of the fields whose change takes it along. */
  readonly addresses: readonly string[];
  /** The present names of these fields. */
  readonly fields: readonly string[];
  readonly create: (schema: string, how?: Making) => string;
  readonly drop: (schema: string) => string;
}

/** How a structure is made where its entity, its fields or itself are not yet called what they will be. */
export interface Making {
  readonly name?: string;
  /** The table as SQL writes it. */
  readonly table?: string;
  readonly columns?: (field: Field) => readonly string[];
  /** An index that holds no writer up. */
  readonly concurrently?: boolean;
  /** A constraint that is not yet proven for what stands. */
  readonly notValid?: boolean;
}

/** Everything that keeps an entity's table honest and quick, beside its columns and its primary key. */
export function structuresOf(model: Model, entity: Entity): readonly Structure[] {
  const single = [...entity.fields.values()].flatMap((field) => [
    ...foreignKey(model, entity, field),
    ...uniqueField(entity, field),
    ...indexes(entity, field),
    ...reached(model, entity, field),
  ]);
  const sets = (entity.document.unique ?? []).map((names) => uniqueSet(entity, names));
  return [...single, ...sets, ...daysSummed(model, entity), ...compared(model, entity)];
}

/** What duplicate rules compare is found by what it is compared by. */
function compared(model: Model, entity: Entity): readonly Structure[] {
  const made = duplicateRulesOn(model, entity.name).flatMap(({ match }) =>
    match.flatMap(({ field, by }) => {
      const [column = "", type] = Object.entries(field.columns)[0] ?? [];
      const keyed = type === "text";
      if (!keyed && field.type.indexed !== undefined) return [];
      const on = (columns: Columns) => {
        const name = identifier(columns(field)[0] ?? column);
        return !keyed ? name : `${likenessKey(by, name)}${by === "similar" ? " public.gin_trgm_ops" : ""}`;
      };
      const how: How = { on, where: () => `"deleted_at" is null`, ...(by === "similar" ? { using: "gin" } : {}) };
      return [index(entity, [field], structureName("ix", [field.address], `alike ${by}`), how)];
    }),
  );
  return [...new Map(made.map((it) => [it.name, it])).values()];
}

/** Sums that are kept by day are summed up anew for single days. */
function daysSummed(model: Model, entity: Entity): readonly Structure[] {
  const dates = dailyOf(model).filter(({ entity: { anchor } }) => anchor === entity.anchor);
  const made = dates.map(({ date, zone }) => {
    const on = (columns: Columns) => `(${dayText({ zone }, identifier(columns(date)[0] ?? ""))})`;
    const name = dayIndex({ date, zone });
    return index(entity, [date], name, { on, where: () => `"deleted_at" is null` });
  });
  return [...new Map(made.map((it) => [it.name, it])).values()];
}

/** The name of the index over the days of a date. */
export const dayIndex = ({ date, zone = "" }: Pick<Daily, "date" | "zone">): string =>
  structureName("ix", [date.address], `day ${zone}`);

/** Which fields of which entity a constraint's name stands for: the last line that names a broken rule. */
export function constraintsOf(
  model: Model,
): ReadonlyMap<string, { readonly entity: string; readonly structure: Structure }> {
  return new Map(
    [...model.entities.values()].flatMap((entity) =>
      structuresOf(model, entity).map((structure) => [structure.name, { entity: entity.name, structure }] as const),
    ),
  );
}

/** The set of fields as the index knows it: identities, whatever the order in the document. */
export function uniqueSet(entity: Entity, names: readonly string[]): Structure {
  const fields = names.flatMap((name) => entity.fields.get(name) ?? []);
  return unique(entity, fields, "set");
}

function uniqueField(entity: Entity, field: Field): readonly Structure[] {
  return field.property.unique === true || field.type.name === "auto_number" ? [unique(entity, [field], "one")] : [];
}

function unique(entity: Entity, fields: readonly Field[], purpose: string): Structure {
  const addresses = fields.map(({ address }) => address).sort();
  return index(entity, fields, structureName("uq", addresses, purpose), {
    unique: true,
    on: (columns) => fields.flatMap(columns).map(identifier).join(", "),
    where: () => `"deleted_at" is null`,
  });
}

/** To one entity of the same workspace; a reference to several has no column that a foreign key could hold. */
function foreignKey(model: Model, entity: Entity, field: Field): readonly Structure[] {
  const [column, ...more] = Object.keys(field.columns);
  const target = model.entities.get(field.targets[0] ?? "");
  if (!target || !column || more.length > 0) return [];
  const name = structureName("fk", [field.address], target.anchor);
  return [
    {
      name,
      kind: "foreign_key",
      addresses: [field.address],
      fields: [field.name],
      create: (schema, { notValid } = {}) =>
        `alter table ${tableOf(schema, entity.name)} add constraint ${identifier(name)} ` +
        `foreign key (${identifier(column)}) references ${tableOf(schema, target.name)} ("id")` +
        (notValid ? " not valid" : ""),
      drop: (schema) => `alter table ${tableOf(schema, entity.name)} drop constraint if exists ${identifier(name)}`,
    },
  ];
}

/**
 * Orders end with `id` and put empty values last in both directions, so each direction has its own index. Lists are
 * mostly read by name, by day or by amount. Words are found by three signs that follow each other, and where a script
 * puts no space between them by two or one.
 */
function indexes(entity: Entity, field: Field): readonly Structure[] {
  const made = (purpose: string, how: How) =>
    index(entity, [field], structureName("ix", [field.address], purpose), how);
  const first = (columns: Columns) => identifier(columns(field)[0] ?? "");
  const last = (columns: Columns) => identifier(columns(field).at(-1) ?? "");
  if (own(field).length === 0 || (field.system && field.targets.length > 0 && field.readOnly)) return [];
  if (field.name === "deleted_at")
    return [
      made("trash", { on: (columns) => `${first(columns)} desc, "id"`, where: (it) => `${first(it)} is not null` }),
    ];
  const live = { where: () => `"deleted_at" is null` };
  return [
    ...(field.type.indexed === "order" || entity.nameField === field
      ? [
          made("up", { on: (columns) => `${first(columns)}, "id"`, ...live }),
          made("down", { on: (columns) => `${first(columns)} desc nulls last, "id"`, ...live }),
        ]
      : []),
    ...(field.type.indexed === "match" ? [made("match", { on: last })] : []),
    ...(field.type.searched && !field.system
      ? [
          made("words", {
            using: "gin",
            on: (columns) => `${first(columns)} public.gin_trgm_ops, trellis.bigrams(${first(columns)})`,
            ...live,
          }),
        ]
      : []),
  ];
}

/** Where a segment asks what an address agreed to, whoever says more of it is found by that. */
function reached(model: Model, entity: Entity, field: Field): readonly Structure[] {
  const channel = field.type.reaches;
  const asked = [...model.segments.values()].some(
    (it) => it.entity === entity.name && it.consent?.some((clause) => clause.channel === channel),
  );
  if (channel === undefined || !asked) return [];
  const on = (columns: Columns) => addressSql(channel, identifier(columns(field)[0] ?? ""));
  const name = structureName("ix", [field.address], "address");
  return [index(entity, [field], name, { on, where: () => `"deleted_at" is null` })];
}

type Columns = (field: Field) => readonly string[];

const own: Columns = (field) => Object.keys(field.columns);

interface How {
  readonly on: (columns: Columns) => string;
  readonly unique?: true;
  readonly using?: "gin";
  readonly where?: (columns: Columns) => string;
}

function index(entity: Entity, fields: readonly Field[], name: string, how: How): Structure {
  const { on, unique: isUnique, using, where } = how;
  return {
    name,
    kind: isUnique ? "unique" : "index",
    addresses: fields.map(({ address }) => address),
    fields: fields.map((field) => field.name),
    create: (schema, { name: as = name, table, columns = own, concurrently } = {}) =>
      [
        `create ${isUnique ? "unique " : ""}index ${concurrently ? "concurrently " : ""}${identifier(as)}`,
        ` on ${table ?? tableOf(schema, entity.name)}`,
        using ? ` using ${using}` : "",
        ` (${on(columns)})`,
        where ? ` where ${where(columns)}` : "",
      ].join(""),
    drop: (schema) => dropIndex(schema, name),
  };
}

/** The statement by which an index goes. */
export const dropIndex = (schema: string, name: string) =>
  `drop index if exists ${identifier(schema)}.${identifier(name)}`;
