import type { FieldRights, Rights, Scope } from "schemas";
import { checkExpression, type Checked } from "./expression/check.ts";
import { recordScope } from "./expression/scope.ts";
import type { Entity, Field, Model } from "./model.ts";

/** Who asks. `id` is a record of the workspace's own entity `user`. */
export interface Principal {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly via: "session" | "key" | "engine";
}

/** The rights that a role gives on an entity's records. */
export type Right = "create" | "read" | "update" | "delete" | "export" | "bypass";
export const rights: readonly Right[] = ["create", "read", "update", "delete", "export", "bypass"];

/** The records that a right covers. `any`: those in one of the scopes, or that fulfil one of the conditions. */
export type RowRule =
  | { readonly kind: "all" }
  | { readonly kind: "none" }
  | {
      readonly kind: "any";
      readonly scopes: readonly ("own" | "team" | "below")[];
      readonly conditions: readonly Checked[];
    };

/** What a set of roles may do with the records of one entity. */
export interface EntityAccess {
  readonly entity: Entity;
  rule(right: Right): RowRule;
  /** The records on which a field may be read. A computed field needs its inputs. */
  readable(field: Field): RowRule;
  writable(field: Field): RowRule;
  /** The records on which an event of the workflow may be sent. */
  event(type: string): RowRule;
}

/** What a set of roles may do. An entity that none of them reads is unknown. */
export interface Access {
  readonly roles: readonly string[];
  readonly admin: boolean;
  entity(name: string): EntityAccess | undefined;
}

const everything: RowRule = { kind: "all" };
const nothing: RowRule = { kind: "none" };

/** The engine's own role, which exists without a document: all rights. */
export const adminRole = "admin";

/** What everybody who is signed in sees of the engine's own entities, so that owners and teams have names. */
const everybody: Readonly<Record<string, Rights>> = {
  user: { read: "all", fields: { roles: { read: "none" }, account_id: { read: "none" } } },
  team: { read: "all" },
  user_team: { read: "all" },
};

const known = new WeakMap<Model, Map<string, Access>>();

/** What a set of roles may do under a model; worked out once for each set. */
export function accessOf(model: Model, roles: readonly string[]): Access {
  const sorted = [...new Set(roles)].sort();
  const key = JSON.stringify(sorted);
  const ofModel = known.get(model) ?? new Map<string, Access>();
  known.set(model, ofModel);
  const access = ofModel.get(key) ?? readAccess(model, sorted);
  ofModel.set(key, access);
  return access;
}

/** The records that are in one rule or in the other. */
export function either(one: RowRule, other: RowRule): RowRule {
  if (one.kind === "all" || other.kind === "none") return one;
  if (other.kind === "all" || one.kind === "none") return other;
  return {
    kind: "any",
    scopes: [...new Set([...one.scopes, ...other.scopes])],
    conditions: [
      ...one.conditions,
      ...other.conditions.filter((it) => !one.conditions.some(({ text }) => text === it.text)),
    ],
  };
}

/** Whether two rules cover the same records under every set of data. */
export function sameRule(one: RowRule, other: RowRule): boolean {
  return ruleKey(one) === ruleKey(other);
}

function ruleKey(rule: RowRule): string {
  if (rule.kind !== "any") return rule.kind;
  return JSON.stringify([[...rule.scopes].sort(), rule.conditions.map(({ text }) => text).sort()]);
}

function readAccess(model: Model, roles: readonly string[]): Access {
  const admin = roles.includes(adminRole);
  const entities = new Map<string, EntityAccess | undefined>();
  return {
    roles,
    admin,
    entity(name) {
      if (!entities.has(name)) entities.set(name, readEntityAccess(model, roles, admin, name));
      return entities.get(name);
    },
  };
}

function readEntityAccess(
  model: Model,
  roles: readonly string[],
  admin: boolean,
  name: string,
): EntityAccess | undefined {
  const entity = model.entities.get(name);
  if (!entity) return undefined;
  if (admin)
    return {
      entity,
      rule: () => everything,
      readable: () => everything,
      writable: () => everything,
      event: () => everything,
    };
  const given = roles.flatMap((role) => model.roles.get(role)?.entities[name] ?? []);
  if (everybody[name]) given.push(everybody[name]);
  const rule = memo((right: Right) => union(given.map((it) => ruleOf(model, entity, it[right]))));
  if (rule("read").kind === "none") return undefined;
  const readable = memo((field: Field) => computedRule(model, entity, field, (input) => fieldRule(input, "read")));
  const fieldRule = (field: Field, act: keyof FieldRights): RowRule =>
    union(
      given.map((it) => {
        const own = it.fields?.[field.name]?.[act];
        const ofRecord = act === "read" ? it.read : (it.update ?? it.create);
        return own === undefined ? ruleOf(model, entity, ofRecord) : narrowed(ruleOf(model, entity, own), ofRecord);
      }),
    );
  return {
    entity,
    rule,
    readable,
    writable: memo((field: Field) =>
      writableRule(given, (right) => union(given.map((it) => fieldRight(model, entity, it, field, right)))),
    ),
    event: memo((type: string) => union(given.map((it) => ruleOf(model, entity, it.events?.[type] ?? it.update)))),
  };
}

/** A role that does not read the record does not read its fields either. */
function narrowed(rule: RowRule, ofRecord: Scope | undefined): RowRule {
  return ofRecord === undefined || ofRecord === "none" ? nothing : rule;
}

/** New records are written by the right to create, standing ones by the right to update: a field needs one of them. */
function writableRule(given: readonly Rights[], ofRight: (right: "create" | "update") => RowRule): RowRule {
  return given.length === 0 ? nothing : either(ofRight("create"), ofRight("update"));
}

function fieldRight(model: Model, entity: Entity, it: Rights, field: Field, right: "create" | "update"): RowRule {
  const ofRecord = it[right];
  const own = it.fields?.[field.name]?.write;
  return own === undefined
    ? ofRecord === undefined || ofRecord === "none"
      ? nothing
      : everything
    : narrowed(ruleOf(model, entity, own), ofRecord);
}

/** A formula shows what its inputs hold: it is read where all of them are. */
function computedRule(model: Model, entity: Entity, field: Field, own: (field: Field) => RowRule): RowRule {
  const rule = own(field);
  const text = field.type.name === "formula" ? (field.property.value as { cel?: string } | undefined)?.cel : undefined;
  if (text === undefined) return rule;
  const inputs = checkExpression(text, recordScope(model, entity.name)).expression?.paths ?? [];
  return inputs.reduce((sofar: RowRule, path) => {
    const input = path[0]?.field;
    return input && input !== field ? both(sofar, computedRule(model, entity, input, own)) : sofar;
  }, rule);
}

/** The records that are in both rules; where that is no rule of its own, nobody reads: a computed field is no way around. */
function both(one: RowRule, other: RowRule): RowRule {
  if (one.kind === "all" || sameRule(one, other)) return other;
  if (other.kind === "all") return one;
  return nothing;
}

function union(rules: readonly RowRule[]): RowRule {
  return rules.reduce(either, nothing);
}

function ruleOf(model: Model, entity: Entity, scope: Scope | undefined): RowRule {
  if (scope === undefined || scope === "none") return nothing;
  if (scope === "all") return everything;
  if (typeof scope === "string") return { kind: "any", scopes: [scope], conditions: [] };
  const { expression } = checkExpression(scope.cel, recordScope(model, entity.name), { kind: "boolean" });
  return expression ? { kind: "any", scopes: [], conditions: [expression] } : nothing;
}

function memo<Key, Value>(work: (key: Key) => Value): (key: Key) => Value {
  const kept = new Map<Key, Value>();
  return (key) => {
    const found = kept.get(key);
    if (found !== undefined) return found;
    const made = work(key);
    kept.set(key, made);
    return made;
  };
}
