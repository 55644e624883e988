import { sql } from "kysely";
import { covers, sharableWith, type Access, type EntityAccess, type RowRule } from "../access.ts";
import { checkExpression } from "../expression/check.ts";
import { recordScope } from "../expression/scope.ts";
import type { Path, Step } from "../expression/tree.ts";
import type { Entity, Field, Inverse, Model } from "../model.ts";
import type { Circle } from "./circle.ts";
import { compileCondition, compileExpression, type SqlContext, type SqlValue } from "./expression.ts";
import { rowsOf } from "./past.ts";
import { scopeCondition } from "./scope.ts";
import { nowSlot, todaySlot, userSlot } from "./slot.ts";
import { everTold } from "./told.ts";
import { jsonOf, type Piece } from "./write.ts";

/** For whom a statement reads. Without `access` the engine reads for itself, and nothing is hidden from it. */
export interface Reader {
  readonly model: Model;
  /** The workspace's schema as SQL writes it. */
  readonly schema: string;
  readonly access: Access | undefined;
  /** Who asks; a slot unless somebody else is meant. */
  readonly user?: Piece;
  /** The year in which it is read: business time is counted in the years around it. */
  readonly year?: number;
  /** Rows of entities as they were, where they are read so. */
  readonly before?: ReadonlyMap<string, Piece> | undefined;
  /** Takes down what the statement wants to know of her rights before it is run. */
  readonly circle?: Circle;
}

/** A record inside a statement: the entity, and the alias under which its row stands there. */
export interface Standing {
  readonly entity: Entity;
  readonly alias: string;
}

/** Of which records of an entity a source is: of all in its table where nothing is said. */
export interface Those {
  /** Those that a query has chosen already: a few, unless they are `many`. */
  readonly rows?: Piece;
  readonly many?: boolean;
  /** The statement reads no more than one. */
  readonly one?: boolean;
}

const nobody: RowRule = { kind: "none" };

/**
 * The FROM of a statement. Paths become joins as they are asked for, each path once, and every step goes through the
 * reader's rights: a row that she may not read joins as nothing, a field that she may not read is null.
 */
export class Source {
  readonly reader: Reader;
  readonly root: Standing;
  readonly #joins: Piece[] = [];
  readonly #joined = new Map<string, Standing>();
  readonly #next: { alias: number };
  readonly #rows: Piece | undefined;
  readonly #few: boolean;
  readonly #one: boolean;

  constructor(
    reader: Reader,
    entity: Entity,
    alias = "t",
    next = { alias: 1 },
    { rows, many = false, one = false }: Those = {},
  ) {
    this.reader = reader;
    this.root = { entity, alias };
    this.#next = next;
    this.#rows = rows;
    this.#few = rows !== undefined && !many;
    this.#one = one;
  }

  /** The rows and their joins. To be asked when every path has been asked for. */
  from(): Piece {
    const { entity, alias } = this.root;
    const rows = this.#rows ? sql`(${this.#rows})` : rowsOf(this.reader, entity);
    const table = sql`${rows} as ${sql.id(alias)}`;
    return this.#joins.length === 0 ? table : sql`${table} ${sql.join(this.#joins, sql` `)}`;
  }

  /** Whether a path was asked for that needs a join. */
  joined(): boolean {
    return this.#joins.length > 0;
  }

  /** The condition under which the reader sees the root's rows. */
  visible(): Piece {
    return this.condition(
      this.rights(this.root.entity)?.rule("read") ?? (this.reader.access ? nobody : { kind: "all" }),
      this.root,
    );
  }

  rights(entity: Entity): EntityAccess | undefined {
    return this.reader.access?.entity(entity.name);
  }

  /** The rule that hides a field where it differs from its record's: where it holds, the field is shown. */
  maskOf(field: Field): RowRule | undefined {
    const entity = this.reader.model.entities.get(field.entity);
    const rights = entity && this.rights(entity);
    if (!this.reader.access) return undefined;
    if (!rights) return nobody;
    const rule = rights.readable(field);
    return covers(rule, rights.rule("read")) ? undefined : rule;
  }

  /** A rule as a condition over the row at `standing`. The rule's own fields are read as they are. */
  condition(rule: RowRule, standing: Standing): Piece {
    if (rule.kind === "all") return sql`true`;
    if (rule.kind === "none") return sql`false`;
    const raw = this.context(standing, false);
    const holds = (entity: Entity) => this.sharable(entity, this.reader.access?.roles ?? []);
    const parts = [
      ...rule.scopes.map((scope) => scopeCondition(this.reader, scope, standing, { one: this.#one, holds })),
      ...rule.conditions.map((condition) => compileCondition(condition, raw)),
      ...rule.overlaps.map(
        ([one, other]) => sql`(${this.condition(one, standing)} and ${this.condition(other, standing)})`,
      ),
    ];
    return parts.length === 1 ? parts[0]! : sql`(${sql.join(parts, sql` or `)})`;
  }

  /**
   * The same where the statement has no room for the joins that a rule needs: while the row itself is being joined, for
   * instance. What it needs of other rows it looks up for itself.
   */
  alone(rule: RowRule, standing: Standing): Piece {
    const probe = new Source(this.reader, standing.entity, standing.alias, this.#next, { one: this.#one });
    const condition = probe.condition(rule, probe.root);
    if (!probe.joined()) return condition;
    const inner = new Source(this.reader, standing.entity, `y${this.#next.alias++}`, this.#next, { one: this.#one });
    const held = inner.condition(rule, inner.root);
    return sql`exists (select from ${inner.from()}
      where ${sql.id(inner.root.alias)}.id = ${sql.id(standing.alias)}.id and ${held})`;
  }

  /**
   * The condition that the share `s` of a record of an entity holds for somebody with these roles: whoever shared it might
   * share it still.
   */
  sharable(entity: Entity, roles: readonly string[]): Piece {
    const rule = sharableWith(this.reader.model, entity, roles);
    if (rule.kind !== "any") return this.condition(rule, this.root);
    const by = new Source({ ...this.reader, user: sql`s.by` }, entity, `y${this.#next.alias++}`, this.#next);
    const held = by.condition(rule, by.root);
    return sql`exists (select from ${by.from()} where ${sql.id(by.root.alias)}.id = s.record and ${held})`;
  }

  /** A field as it travels, hidden where the reader may not see it. */
  json(field: Field, standing: Standing = this.root): Piece {
    const shown = field.type.name === "formula" ? this.#formulaJson(field, standing) : jsonOf(field, standing.alias);
    return this.#masked(field, standing, shown);
  }

  /** A field as expressions, orders and groups use it. */
  value(field: Field, standing: Standing = this.root, masked = true): SqlValue {
    const raw = this.#raw(field, standing);
    if (!masked || !this.maskOf(field)) return raw;
    if ("value" in raw) return { value: this.#masked(field, standing, raw.value) };
    return { amount: this.#masked(field, standing, raw.amount), currency: this.#masked(field, standing, raw.currency) };
  }

  #masked(field: Field, standing: Standing, piece: Piece): Piece {
    const rule = this.maskOf(field);
    return rule ? sql`(case when ${this.condition(rule, standing)} then ${piece} end)` : piece;
  }

  #raw(field: Field, standing: Standing): SqlValue {
    if (field.type.name === "formula") return this.#formula(field, standing) ?? { value: sql`null` };
    const [first = field.name, second] = Object.keys(field.columns);
    const column = (name: string) => sql`${sql.id(standing.alias)}.${sql.id(name)}`;
    const { kind } = field.type.type(field.property);
    if (kind === "money") return { amount: column(first), currency: sql`${column(second ?? "")}::text` };
    if (kind === "record" && second !== undefined) return { value: column(second) };
    if (kind === "number" && field.columns[first] !== "numeric") return { value: sql`${column(first)}::numeric` };
    return { value: column(first) };
  }

  /** A formula reads its inputs as they are; who may see it has been decided for the formula itself. */
  #formula(field: Field, standing: Standing): SqlValue | undefined {
    const { cel = "" } = (field.property.value ?? {}) as { cel?: string };
    const { expression } = checkExpression(cel, recordScope(this.reader.model, field.entity));
    return expression && compileExpression(expression, this.context(standing, false));
  }

  #formulaJson(field: Field, standing: Standing): Piece {
    const value = this.#formula(field, standing);
    if (!value) return sql`null`;
    if ("value" in value) {
      const { kind } = field.type.type(field.property);
      if (kind === "moment") return sql`to_char(${value.value} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
      return kind === "number" ? sql`trim_scale(${value.value})::text` : value.value;
    }
    return sql`(case when ${value.amount} is not null then
      json_build_object('amount', trim_scale(${value.amount})::text, 'currency', ${value.currency}) end)`;
  }

  /** How names in expressions become columns here. Only a rule reads unmasked. */
  context(
    standing: Standing = this.root,
    masked = true,
    variables: ReadonlyMap<string, { source: Source; standing: Standing }> = new Map(),
  ): SqlContext {
    const begin = (root: string) => {
      const variable = variables.get(root);
      if (variable) return variable;
      return { source: this, standing: root === "user" || root === "me" ? this.#asker(root) : standing };
    };
    const over = ({ root, steps }: { readonly root: string; readonly steps: Path }, variable: string) => {
      const from = begin(root);
      const parent = from.source.standingAt(steps.slice(0, -1), from.standing, masked);
      const { inner, where } = from.source.#listed(steps.at(-1)!.list!, parent, masked);
      const within = this.context(
        standing,
        masked,
        new Map([...variables, [variable, { source: inner, standing: inner.root }]]),
      );
      return { inner, where, within };
    };
    return {
      now: nowSlot,
      today: todaySlot,
      path: (root, steps) => {
        if ((root === "user" || root === "me") && steps.length === 0) return { value: this.reader.user ?? userSlot };
        const from = begin(root);
        return from.source.path(steps, from.standing, masked);
      },
      exists: (list, variable, condition) => {
        const { inner, where, within } = over(list, variable);
        const held = condition(within);
        return sql`exists (select from ${inner.from()} where ${where} and ${held})`;
      },
      inSegment: (segment) => sql`exists (select from ${sql.raw(this.reader.schema)}._segment_member as m
        where m.segment = ${segment}::text and m.record = ${sql.id(standing.alias)}.id)`,
      been: (told) => everTold(this.reader, sql`${sql.id(standing.alias)}.id`, told),
      least: (list, variable, value) => {
        const { inner, where, within } = over(list, variable);
        const found = value(within);
        return sql`(select min(${found}) from ${inner.from()} where ${where})`;
      },
    };
  }

  /** The value at the end of a path of references. */
  path(steps: Path, from: Standing = this.root, masked = true): SqlValue {
    const last = steps.at(-1);
    if (!last) return { value: sql`${sql.id(from.alias)}.id` };
    if (steps.some(({ list }) => list)) return this.#distinct(steps, from, masked);
    const standing = this.standingAt(steps.slice(0, -1), from, masked);
    return this.value(last.field!, standing, masked);
  }

  /** The record that a path of references leads to, joined. */
  standingAt(steps: Path, from: Standing = this.root, masked = true): Standing {
    return steps.reduce((standing, step) => this.#joinedBy(step, standing, masked), from);
  }

  #joinedBy(step: Step, from: Standing, masked: boolean): Standing {
    const key = `${from.alias}.${step.name}.${masked}`;
    const known = this.#joined.get(key);
    if (known) return known;
    const entity = this.reader.model.entities.get(step.to ?? "")!;
    const standing = { entity, alias: `j${this.#next.alias++}` };
    const reference = this.value(step.field!, from, masked);
    const seen = masked ? this.#rowRule(entity, standing) : sql`true`;
    this.#joined.set(key, standing);
    const id = sql`${sql.id(standing.alias)}.id = ${(reference as { value: Piece }).value}`;
    this.#join(standing, sql`${id} and ${sql.id(standing.alias)}.deleted_at is null and ${seen}`);
    return standing;
  }

  /**
   * Joins the one row that `condition` tells, or nothing. Beside a few rows that are chosen already it is looked up for
   * each: the planner would think longer about the order of such joins than all of them take. For many that would mean
   * to read a small table, of people for instance, as often as there are rows.
   */
  #join({ entity, alias }: Standing, condition: Piece): void {
    const table = sql`${rowsOf(this.reader, entity)} as ${sql.id(alias)}`;
    this.#joins.push(
      this.#few
        ? sql`left join lateral (select ${sql.id(alias)}.* from ${table} where ${condition} offset 0) as ${sql.id(alias)} on true`
        : sql`left join ${table} on ${condition}`,
    );
  }

  /** The name of what a reference to several entities points at, where that is a record of `target`. */
  namedAmong(field: Field, target: Entity, nameField: Field, from: Standing): Piece | undefined {
    const key = `${from.alias}.${field.name}.${target.name}`;
    const [kind = "", id = ""] = Object.keys(field.columns);
    let standing = this.#joined.get(key);
    if (!standing) {
      standing = { entity: target, alias: `j${this.#next.alias++}` };
      this.#joined.set(key, standing);
      const column = (name: string) => sql`${sql.id(from.alias)}.${sql.id(name)}`;
      const pointing = sql`${sql.id(standing.alias)}.id = ${this.#masked(field, from, column(id))} and ${column(kind)} = ${target.name}::text`;
      const seen = this.#rowRule(target, standing);
      this.#join(standing, sql`${pointing} and ${sql.id(standing.alias)}.deleted_at is null and ${seen}`);
    }
    const value = this.value(nameField, standing);
    return "value" in value ? sql`${value.value}::text` : undefined;
  }

  #rowRule(entity: Entity, standing: Standing): Piece {
    if (!this.reader.access) return sql`true`;
    return this.alone(this.rights(entity)?.rule("read") ?? nobody, standing);
  }

  #asker(root: "user" | "me"): Standing {
    const known = this.#joined.get(root);
    if (known) return known;
    const { entities, me } = this.reader.model;
    const entity = entities.get(root === "me" ? (me ?? "") : "user")!;
    const standing = { entity, alias: `j${this.#next.alias++}` };
    this.#joined.set(root, standing);
    this.#joins.push(
      sql`left join ${rowsOf(this.reader, entity)} as ${sql.id(standing.alias)}
        on ${sql.id(standing.alias)}.id = ${this.reader.user ?? userSlot}`,
    );
    return standing;
  }

  /** The records of a list, as a source of their own that stands inside another. */
  #listed({ entity: name, reference }: Inverse, parent: Standing, masked: boolean): { inner: Source; where: Piece } {
    const entity = this.reader.model.entities.get(name)!;
    const inner = new Source(this.reader, entity, `x${this.#next.alias++}`, this.#next);
    const pointing = inner.value(reference, inner.root, masked) as { value: Piece };
    const [first, second] = Object.keys(reference.columns);
    const ofKind =
      second === undefined
        ? sql`true`
        : sql`${sql.id(inner.root.alias)}.${sql.id(first ?? "")} = ${parent.entity.name}::text`;
    const seen = masked ? inner.#rowRule(entity, inner.root) : sql`true`;
    const where = sql`${pointing.value} = ${sql.id(parent.alias)}.id and ${ofKind}
      and ${sql.id(inner.root.alias)}.deleted_at is null and ${seen}`;
    return { inner, where };
  }

  /** The distinct values that a path over a list leads to: the record stands once beside each of them. */
  #distinct(steps: Path, from: Standing, masked: boolean): SqlValue {
    const at = steps.findIndex(({ list }) => list);
    const parent = this.standingAt(steps.slice(0, at), from, masked);
    const { inner, where } = this.#listed(steps[at]!.list!, parent, masked);
    const found = inner.path(steps.slice(at + 1), inner.root, masked);
    const value = "value" in found ? found.value : found.amount;
    const alias = `l${this.#next.alias++}`;
    this.#joins.push(
      sql`left join lateral (select distinct ${value} as v from ${inner.from()} where ${where}) as ${sql.id(alias)} on true`,
    );
    return { value: sql`${sql.id(alias)}.v` };
  }
}
