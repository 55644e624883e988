import type { AnyDocument, EntityDocument, Rule } from "schemas";
import { changeOf, type Change, type Mappings, type Move, type OfDocument, type OfField } from "./change.ts";
import { anchorOf, kindOf, nameOf, type Entity, type Field, type Model } from "./model.ts";

/** What was hidden earlier and still waits: PostgreSQL types of columns, by the identity of entity or field. */
export interface Gone {
  readonly entities: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** How the values of a hidden column were converted when it was hidden, where a person said so. */
  readonly mappings?: Mappings;
}

const nothingGone: Gone = { entities: new Map(), fields: new Map() };

/**
 * What publishing `next` will do to the tables that `now` has.
 *
 * Fields are matched by `$anchor`, so a renamed field keeps its column and its data. A removed field's column is kept
 * for 30 days: undoing a publish must not lose what people typed. What is published again while it waits in `gone`
 * comes back with its data.
 */
export function plan(now: Model, next: Model, gone: Gone = nothingGone, mappings: Mappings = {}): readonly Change[] {
  const before = byAnchor(now.entities.values());
  const after = byAnchor(next.entities.values());
  const moves: Move[] = [];
  for (const [anchor, entity] of before)
    if (!after.has(anchor)) moves.push({ act: "entity.hide", entity: entity.name, anchor });
  for (const [anchor, entity] of after) {
    const old = before.get(anchor);
    if (old) moves.push(...entityMoves(old, entity, gone, mappings));
    else
      moves.push({ act: gone.entities.has(anchor) ? "entity.restore" : "entity.create", entity: entity.name, anchor });
  }
  moves.push(...documentMoves(now.documents, next.documents, moves));
  return moves.map((move) => changeOf(move, now, next));
}

/** Whether two fields of one identity can share their columns: same types, same targets for what a foreign key holds. */
export function sameColumns(old: Field, field: Field): boolean {
  const target = ({ targetAnchors, columns }: Field) => (Object.keys(columns).length === 1 ? targetAnchors.join() : "");
  return Object.values(old.columns).join() === Object.values(field.columns).join() && target(old) === target(field);
}

function entityMoves(old: Entity, entity: Entity, gone: Gone, mappings: Mappings): readonly Move[] {
  const moves: Move[] = [];
  if (old.name !== entity.name)
    moves.push({ act: "entity.rename", anchor: entity.anchor, from: old.name, to: entity.name });
  const before = byAnchor(old.fields.values());
  const after = byAnchor(entity.fields.values());
  for (const field of before.values())
    if (!after.has(field.anchor))
      moves.push({ act: "field.hide", entity: old.name, field: field.name, address: field.address });
  for (const field of after.values()) {
    const was = before.get(field.anchor);
    moves.push(...(was ? fieldMoves(was, field, mappings) : [added(field, gone)]), ...conditionMoves(was, field));
  }
  moves.push(...ruleMoves(old, entity));
  moves.push(...uniqueMoves(old, entity));
  return moves;
}

function added(field: Field, gone: Gone): Move {
  const waits = gone.fields.get(field.address)?.join() === Object.values(field.columns).map(catalogueType).join();
  const act = waits && Object.keys(field.columns).length > 0 ? "field.restore" : "field.add";
  return { act, entity: field.entity, field: field.name, address: field.address };
}

/** A column type as PostgreSQL's catalogue writes it. */
export function catalogueType(type: string): string {
  return type === "timestamptz" ? "timestamp with time zone" : type === "char(3)" ? "character(3)" : type;
}

function fieldMoves(old: Field, field: Field, mappings: Mappings): readonly Move[] {
  const place: OfField = { entity: field.entity, field: field.name, address: field.address };
  const moves: Move[] = [];
  if (old.name !== field.name) moves.push({ act: "field.rename", ...place, from: old.name, to: field.name });
  const retyped = !sameColumns(old, field) || old.type.name !== field.type.name;
  const mapping = mappings[field.address];
  const mapped = mapping && Object.keys(mapping).length > 0 ? { mapping } : {};
  if (retyped) moves.push({ act: "field.retype", ...place, from: old.type.name, to: field.type.name, ...mapped });
  if (isHeld(old) !== isHeld(field)) moves.push({ act: "field.required", ...place, required: isHeld(field) });
  if ((old.property.unique === true) !== (field.property.unique === true))
    moves.push({ act: "field.unique", ...place, unique: field.property.unique === true });
  const [had, has] = [choiceValues(old), choiceValues(field)];
  const [added, removed] = [has.filter((it) => !had.includes(it)), had.filter((it) => !has.includes(it))];
  if (!retyped && added.length + removed.length > 0)
    moves.push({ act: "choices.change", ...place, added, removed, ...(removed.length > 0 ? mapped : {}) });
  const limits = retyped ? [] : narrowed(old, field);
  if (limits.length > 0) moves.push({ act: "field.limits", ...place, limits });
  return moves;
}

/** What conditions ask of a field that they did not ask before. */
function conditionMoves(old: Field | undefined, field: Field): readonly Move[] {
  const place: OfField = { entity: field.entity, field: field.name, address: field.address };
  const differs = (...keywords: readonly string[]) =>
    keywords.some((keyword) => !same(old?.property[keyword] ?? null, field.property[keyword] ?? null));
  const asks = field.property.required_when !== undefined && differs("required_when", "visible_when");
  const narrows = old && (field.property.offers ?? []).length > 0 && differs("offers");
  return [
    ...(asks ? [{ act: "field.asked", ...place } as const] : []),
    ...(narrows ? [{ act: "field.offers", ...place } as const] : []),
  ];
}

/** The rules that people are held to from now on, or otherwise, and those that they are not held to any more. */
function ruleMoves(old: Entity, entity: Entity): readonly Move[] {
  const held = ({ document }: Entity) =>
    new Map((document.rules ?? []).filter(({ off }) => !off).map((rule) => [rule.$anchor, rule]));
  const [before, after] = [held(old), held(entity)];
  const move = (act: "rule.hold" | "rule.off", { $anchor, message }: Rule): Move => {
    return { act, entity: entity.name, anchor: entity.anchor, rule: $anchor, message };
  };
  const asks = ({ when, require }: Rule) => ({ when: when ?? null, require });
  return [
    ...[...before.values()].filter(({ $anchor }) => !after.has($anchor)).map((rule) => move("rule.off", rule)),
    ...[...after.values()]
      .filter((rule) => {
        const was = before.get(rule.$anchor);
        return !was || !same(asks(was), asks(rule));
      })
      .map((rule) => move("rule.hold", rule)),
  ];
}

/** The keywords by which a field may hold less than it might. */
function narrowed({ property: old }: Field, { property }: Field): readonly string[] {
  const [low, high] = [
    ["minimum", "minLength"],
    ["maximum", "maxLength"],
  ];
  const number = (value: unknown) => (typeof value === "number" ? value : undefined);
  const tighter = (key: string, sign: 1 | -1) => {
    const [was, is] = [number(old[key]), number(property[key])];
    return is !== undefined && (was === undefined || (is - was) * sign > 0);
  };
  return [...low!.filter((key) => tighter(key, 1)), ...high!.filter((key) => tighter(key, -1))];
}

/**
 * Whether a move gives the values of a field a new column: they are of another kind, are mapped, or must be one of the
 * choices that the new type has.
 */
export function movesValues(old: Field, field: Field, move: Move): boolean {
  if (!sameColumns(old, field)) return true;
  if (move.act === "choices.change") return move.mapping !== undefined;
  return move.act === "field.retype" && (move.mapping !== undefined || choiceValues(field).length > 0);
}

/** Whether the column itself must be filled. What the engine computes is filled by the engine. */
export function isHeld(field: Field): boolean {
  return field.required && !field.type.computed && !field.system;
}

function uniqueMoves(old: Entity, entity: Entity): readonly Move[] {
  const before = uniqueSets(old);
  const after = uniqueSets(entity);
  const move = (fields: readonly string[], unique: boolean): Move => ({
    act: "entity.unique",
    entity: entity.name,
    anchor: entity.anchor,
    fields,
    unique,
  });
  return [
    ...[...before].filter(([key]) => !after.has(key)).map(([, fields]) => move(fields, false)),
    ...[...after].filter(([key]) => !before.has(key)).map(([, fields]) => move(fields, true)),
  ];
}

/** The sets of fields that no two records share, by their identities. */
function uniqueSets(entity: Entity): ReadonlyMap<string, readonly string[]> {
  return new Map(
    (entity.document.unique ?? []).map((names) => {
      const fields = names.flatMap((name) => entity.fields.get(name) ?? []);
      const addresses = fields.map(({ address }) => address).sort();
      return [addresses.join(), addresses] as const;
    }),
  );
}

function documentMoves(
  now: readonly AnyDocument[],
  next: readonly AnyDocument[],
  moves: readonly Move[],
): readonly Move[] {
  const before = new Map(now.map((document) => [anchorOf(document), document]));
  const after = new Map(next.map((document) => [anchorOf(document), document]));
  const told = new Set(
    moves.flatMap((move) => ("anchor" in move ? [move.anchor] : "address" in move ? [move.address.split("#")[0]] : [])),
  );
  const rules = new Set(moves.flatMap((move) => ("rule" in move ? [move.rule] : [])));
  const place = (document: AnyDocument): OfDocument => ({
    kind: kindOf(document),
    name: nameOf(document),
    anchor: anchorOf(document),
  });
  const removed = [...before.values()].filter((it) => !after.has(anchorOf(it)) && !told.has(anchorOf(it)));
  const others = [...after.values()].flatMap((document): readonly Move[] => {
    const old = before.get(anchorOf(document));
    if (told.has(anchorOf(document)) && kindOf(document) === "entity" && !restChanged(old, document, rules)) return [];
    if (!old) return told.has(anchorOf(document)) ? [] : [{ act: "document.add", ...place(document) }];
    if (same(old, document)) return [];
    if (kindOf(document) !== "entity" && nameOf(old) !== nameOf(document))
      return [{ act: "document.rename", ...place(document), from: nameOf(old), to: nameOf(document) }];
    return [{ act: "document.change", ...place(document) }];
  });
  return [...removed.map((document): Move => ({ act: "document.remove", ...place(document) })), ...others];
}

/** Whether an entity's document changed in what no move on its tables tells: titles, what rules say, icons. */
function restChanged(old: AnyDocument | undefined, document: AnyDocument, moved: ReadonlySet<string>): boolean {
  if (!old) return false;
  const told = ["$id", "properties", "required", "unique", "rules"];
  const rest = (it: AnyDocument) => ({
    ...Object.fromEntries(Object.entries(it).filter(([key]) => !told.includes(key))),
    rules: ((it as EntityDocument).rules ?? []).filter(({ $anchor }) => !moved.has($anchor)),
  });
  return !same(rest(old), rest(document));
}

/** Whether two documents say the same, whatever the order of their keys. */
export function same(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && same(one[key as never], other[key as never]))
  );
}

export const choiceValues = ({ property }: Field): readonly string[] =>
  ((property.choices ?? []) as readonly { value: string }[]).map(({ value }) => value);

const byAnchor = <Thing extends { readonly anchor: string }>(things: Iterable<Thing>) =>
  new Map([...things].map((thing) => [thing.anchor, thing]));
