import type { Rights, Scope } from "schemas";
import { checkExpression, type Checked } from "./expression/check.ts";
import { recordScope } from "./expression/scope.ts";
import { readsAny } from "./formulas.ts";
import type { Entity, Field, Model } from "./model.ts";
import { rollupsOf } from "./rollup.ts";
import { sharingOf } from "./sharing.ts";

/** Who asks. `id` is a record of the workspace's own entity `user`. */
export interface Principal {
  readonly id: string;
  readonly name: string;
  /** Who acts in her place and by her rights, where she lets somebody: what is done is written down under this name. */
  readonly actor?: { readonly id: string; readonly name: string };
  readonly roles: readonly string[];
  readonly via: "session" | "key" | "engine";
  /** The key by which she asks, where it is one, and the roles that it leaves her. */
  readonly key?: string;
  readonly narrowed?: readonly string[];
  /** The session by which she asks, where it is one. */
  readonly session?: string;
  /**
   * The name of the portal by which she comes: then she is a person outside of the house, `id` is a record of the entity
   * of the portal's persons, and her one role is the portal's.
   */
  readonly portal?: string;
  /** The languages that she wants to be spoken to in, the dearest first; without them documents speak for themselves. */
  readonly languages?: readonly string[];
}

/** The rights that a role gives on an entity's records. */
export type Right = "create" | "read" | "update" | "delete" | "export" | "bypass";
export const rights: readonly Right[] = ["create", "read", "update", "delete", "export", "bypass"];

/**
 * Records by what they are to the reader: her own, of her teams or reports, below her in the tree of managers; those
 * that wait in a queue of hers; those that were shared with her, or with her to be changed.
 */
export type NamedScope = "own" | "team" | "below" | "queue" | "shared" | "shared_to_write";

/**
 * The records that a right covers. `any`: those in one of the scopes, or that fulfil one of the conditions, or that are
 * in both rules of an overlap.
 */
export type RowRule =
  | { readonly kind: "all" }
  | { readonly kind: "none" }
  | {
      readonly kind: "any";
      readonly scopes: readonly NamedScope[];
      readonly conditions: readonly Checked[];
      readonly overlaps: readonly (readonly [RowRule, RowRule])[];
    };

/** What a set of roles may do with the records of one entity. */
export interface EntityAccess {
  readonly entity: Entity;
  rule(right: Right): RowRule;
  /** The records on which a field may be read. A computed field needs its inputs. */
  readable(field: Field): RowRule;
  /** The records on which a field may be written: when they are made, when they are changed, or at one of the two. */
  writable(field: Field, right?: "create" | "update"): RowRule;
  /** The records on which an event of the workflow may be sent. */
  event(type: string): RowRule;
}

/** What a set of roles may do. An entity that none of them reads is unknown. */
export interface Access {
  readonly roles: readonly string[];
  readonly admin: boolean;
  entity(name: string): EntityAccess | undefined;
}

/**
 * The records that may be shared one by one with whoever has these roles: those that one of them names, and all where none
 * of them says anything. A share holds for them as long as its record is one of these.
 */
export function sharableWith(model: Model, entity: Entity, roles: readonly string[]): RowRule {
  const said = roles.flatMap((role) => model.roles.get(role)?.entities[entity.name]?.shared ?? []);
  if (said.length === 0 || roles.includes(adminRole)) return everything;
  return union(said.map((scope) => ruleOf(model, entity, scope)));
}

/** The roles that limit which records of an entity may be shared with whoever has them. */
export const limitingRoles = (model: Model, { name }: Entity): readonly string[] =>
  [...model.roles].flatMap(([role, { entities }]) => (entities[name]?.shared === undefined ? [] : [role]));

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

const lent = new WeakMap<Access, Access>();

/**
 * What somebody may do under a model. Whoever acts in another's place has the other's rights on records; those of the
 * engine's own entities, from which rights are worked out, she only reads.
 */
export function accessFor(model: Model, { roles, actor }: Pick<Principal, "roles" | "actor">): Access {
  const whole = accessOf(model, roles);
  if (!actor) return whole;
  const known = lent.get(whole) ?? { ...whole, entity: (name: string) => lentEntity(whole.entity(name)) };
  lent.set(whole, known);
  return known;
}

function lentEntity(whole: EntityAccess | undefined): EntityAccess | undefined {
  if (!whole?.entity.system) return whole;
  const rule = (right: Right) => (right === "read" || right === "export" ? whole.rule(right) : nothing);
  return { ...whole, rule, writable: () => nothing, event: () => nothing };
}

/** The records that are in one rule or in the other. */
export function either(one: RowRule, other: RowRule): RowRule {
  if (covers(one, other)) return one;
  if (covers(other, one)) return other;
  if (one.kind !== "any" || other.kind !== "any") return nothing;
  return {
    kind: "any",
    scopes: [...new Set([...one.scopes, ...other.scopes])],
    conditions: [...one.conditions, ...other.conditions.filter((it) => !hasCondition(one, it))],
    overlaps: [...one.overlaps, ...other.overlaps.filter((it) => !hasOverlap(one, it))],
  };
}

/** The records that are in both rules. */
export function both(one: RowRule, other: RowRule): RowRule {
  if (covers(one, other)) return other;
  if (covers(other, one)) return one;
  return { kind: "any", scopes: [], conditions: [], overlaps: [[one, other]] };
}

/**
 * Whether every record of `narrow` is in `wide`, whatever the data. Read off their form: two conditions that mean the
 * same in different words do not cover each other.
 */
export function covers(wide: RowRule, narrow: RowRule): boolean {
  if (wide.kind === "all" || narrow.kind === "none") return true;
  if (wide.kind === "none" || narrow.kind === "all") return false;
  const inScopes = (scope: NamedScope) => [scope, ...(wider[scope] ?? [])].some((it) => wide.scopes.includes(it));
  return (
    narrow.scopes.every(inScopes) &&
    narrow.conditions.every((it) => hasCondition(wide, it)) &&
    narrow.overlaps.every((it) => hasOverlap(wide, it) || it.some((part) => covers(wide, part)))
  );
}

/** Whether a rule looks at one of some places of a record. */
export function asksAbout(rule: RowRule, places: ReadonlySet<string>): boolean {
  if (rule.kind !== "any") return false;
  const { scopes, conditions, overlaps } = rule;
  return (
    (scopes.length > 0 && places.has("owner")) ||
    conditions.some((it) => readsAny(it, places)) ||
    overlaps.some((parts) => parts.some((part) => asksAbout(part, places)))
  );
}

/**
 * Whether a field is hidden on no record that is read. Where records are found by one that is hidden on some, they would
 * tell what it holds.
 */
export const isNeverHidden = (access: EntityAccess | undefined, field: Field): boolean =>
  !access || covers(access.readable(field), access.rule("read"));

const wider: Readonly<Partial<Record<NamedScope, readonly NamedScope[]>>> = {
  own: ["team", "below"],
  shared_to_write: ["shared"],
};

type Limited = RowRule & { readonly kind: "any" };

const hasCondition = ({ conditions }: Limited, { text }: Checked) => conditions.some((it) => it.text === text);
const hasOverlap = ({ overlaps }: Limited, overlap: readonly [RowRule, RowRule]) =>
  overlaps.some((it) => overlapKey(it) === overlapKey(overlap));
const overlapKey = (overlap: readonly [RowRule, RowRule]) => overlap.map(ruleKey).sort().join();

function ruleKey(rule: RowRule): string {
  if (rule.kind !== "any") return rule.kind;
  const { scopes, conditions, overlaps } = rule;
  return JSON.stringify([
    [...scopes].sort(),
    conditions.map(({ text }) => text).sort(),
    overlaps.map(overlapKey).sort(),
  ]);
}

const veiledOf = new WeakMap<EntityAccess, ReadonlySet<Field>>();

/** The fields that somebody may not read on each record that she sees: nothing that she does tells what stands in them. */
export function veiledFields(rights: EntityAccess): ReadonlySet<Field> {
  const known = veiledOf.get(rights);
  if (known) return known;
  const fields = [...rights.entity.fields.values()];
  const veiled = new Set(fields.filter((field) => !covers(rights.readable(field), rights.rule("read"))));
  veiledOf.set(rights, veiled);
  return veiled;
}

function readAccess(model: Model, roles: readonly string[]): Access {
  const admin = roles.includes(adminRole);
  const entities = new Map<string, EntityAccess | undefined>();
  const access: Access = {
    roles,
    admin,
    entity(name) {
      // Whatever somebody asks for comes here: names that mean nothing are not kept.
      if (!model.entities.has(name)) return undefined;
      if (!entities.has(name)) entities.set(name, readEntityAccess(model, access, name));
      return entities.get(name);
    },
  };
  return access;
}

function readEntityAccess(model: Model, access: Access, name: string): EntityAccess | undefined {
  const { roles, admin } = access;
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
  if (everybody[name] && model.me === undefined) given.push(everybody[name]);
  const rule = memo((right: Right) => union(given.map((it) => rightOf(model, entity, it, right))));
  if (rule("read").kind === "none") return undefined;
  const readable = memo((field: Field) => computedRule(model, entity, field, readRule));
  const readRule = (field: Field) => {
    const unsaid = field.type.name !== "rollup" || countsSeen(model, access, field);
    return union(
      given.map((it) => {
        const record = rightOf(model, entity, it, "read");
        const own = it.fields?.[field.name]?.read;
        if (own === undefined) return unsaid ? record : nothing;
        return both(record, ruleOf(model, entity, own));
      }),
    );
  };
  const writing = {
    create: memo((field: Field) => writableRule(model, entity, given, field, "create")),
    update: memo((field: Field) => writableRule(model, entity, given, field, "update")),
  };
  const event = memo((type: string) => union(given.map((it) => eventOf(model, entity, it, type))));
  return {
    entity,
    rule,
    readable,
    writable: (field, right) => (right ? writing[right](field) : either(writing.create(field), writing.update(field))),
    event: (type) => (given.some((it) => namesEvent(it, type)) ? event(type) : rule("update")),
  };
}

/**
 * A role writes a field on the records that it makes or changes, and of them on those that it names for the field. Where
 * that is no less than the records themselves, all of them: the record's own right is asked anyway.
 */
function writableRule(
  model: Model,
  entity: Entity,
  given: readonly Rights[],
  field: Field,
  right: "create" | "update",
): RowRule {
  const ofRecord = union(given.map((it) => rightOf(model, entity, it, right)));
  const ofField = union(
    given.map((it) => {
      const own = it.fields?.[field.name]?.write;
      const record = rightOf(model, entity, it, right);
      return own === undefined ? record : both(record, ruleOf(model, entity, own));
    }),
  );
  return ofField.kind !== "none" && covers(ofField, ofRecord) ? everything : ofField;
}

/**
 * A roll-up counts all records of its list, whoever looks at it. Without a word of a role it is there for those alone who
 * read all of them, and of each the reference and every field that it is made of.
 */
function countsSeen(model: Model, access: Access, field: Field): boolean {
  const rollup = rollupsOf(model).find((it) => it.field === field);
  const child = rollup && access.entity(rollup.child.name);
  if (!rollup || !child) return false;
  const { value, where, currency, on } = rollup;
  const inputs = [value, where, currency, on].flatMap((it) => it?.paths ?? []).flatMap(([first]) => first?.field ?? []);
  return [rollup.list.reference, ...inputs].every((input) => child.readable(input).kind === "all");
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

function union(rules: readonly RowRule[]): RowRule {
  return rules.reduce(either, nothing);
}

/**
 * The records on which a role gives a right. Where it lets some of them be read or changed, those count as well that
 * were shared for it; what it gives on none is not given by sharing.
 */
function rightOf(model: Model, entity: Entity, given: Rights, right: Right): RowRule {
  const rule = ruleOf(model, entity, given[right]);
  const shared = ({ read: "shared", update: "shared_to_write" } as const)[right as "read" | "update"];
  if (rule.kind !== "any" || shared === undefined || !sharingOf(model, entity)) return rule;
  return either(rule, inScopes(shared));
}

/** An event that is not named needs the right to update. */
function eventOf(model: Model, entity: Entity, given: Rights, type: string): RowRule {
  return namesEvent(given, type)
    ? ruleOf(model, entity, given.events?.[type])
    : rightOf(model, entity, given, "update");
}

const namesEvent = ({ events = {} }: Rights, type: string) => Object.hasOwn(events, type);

const inScopes = (...scopes: readonly NamedScope[]): RowRule => ({ kind: "any", scopes, conditions: [], overlaps: [] });

/** A scope over owners covers what waits in a queue of the reader's as well. */
function ruleOf(model: Model, entity: Entity, scope: Scope | undefined): RowRule {
  if (scope === undefined || scope === "none") return nothing;
  if (scope === "all") return everything;
  if (typeof scope === "string") return inScopes(scope, ...(entity.document.queues ? (["queue"] as const) : []));
  const { expression } = checkExpression(scope.cel, recordScope(model, entity.name), { kind: "boolean" });
  return expression ? { kind: "any", scopes: [], conditions: [expression], overlaps: [] } : nothing;
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
