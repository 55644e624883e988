import { sql } from "kysely";
import type { Effect } from "../effect.ts";
import { durationMs } from "../duration.ts";
import type { Checked } from "../expression/check.ts";
import type { Field, Model } from "../model.ts";
import { isExpression, normalValues, type Values } from "../values.ts";
import {
  delayHindrance,
  fieldHindrance,
  groupHindrance,
  isOwn,
  typedKinds,
  workedHindrance,
} from "../workflow/alike.ts";
import { isOutcome, type Act, type Foreseen, type Outcome, type Question } from "../workflow/foresee.ts";
import type { Machine } from "../workflow/machine.ts";
import { compile } from "./compile.ts";
import { compileCondition, compileExpression, type SqlContext } from "./expression.ts";
import { cellSlot, nowSlot, todaySlot } from "./slot.ts";
import { Source } from "./source.ts";
import { jsonOf, type Piece } from "./write.ts";

/** What keeps runs from being moved by one statement, in words. */
export class OneByOne extends Error {}

/** A value that each run has for itself, as `jsonb` and, where it has a type of its own, as it is stored. */
class Held {
  readonly json: Piece;
  readonly stored: Piece | undefined;
  /** The kind of what was worked out, where it was. */
  readonly kind: string | undefined;

  constructor(json: Piece, stored: Piece | undefined, kind?: string) {
    this.json = json;
    this.stored = stored;
    this.kind = kind;
  }

  /** What stands for a record stands for its id. */
  get id(): Held {
    return new Held(
      sql`(case jsonb_typeof(${this.json}) when 'object' then ${this.json} -> 'id' else ${this.json} end)`,
      undefined,
    );
  }
}

/** What somebody is told; whoever is empty is nobody. */
export interface Telling {
  readonly to: Piece;
  readonly title: Piece;
  readonly body: Piece;
}

/** A run on its way, as pieces of SQL. */
interface Way {
  readonly context: ReadonlyMap<string, Piece>;
  readonly record: ReadonlyMap<string, Held>;
  readonly effects: readonly Piece[];
  readonly tells: readonly Telling[];
  readonly dues: readonly (Piece | null)[];
}

/** An outcome with what it makes of each run. */
export interface Ending extends Way {
  readonly outcome: Outcome;
  /** Whether it leaves something empty that its states require; where they require nothing there is nothing to ask. */
  readonly unfilled: Piece | undefined;
}

/** What comes of a timer for many runs at once. */
export interface Many {
  /** Joins that work out what the endings are made of, one behind the other. */
  readonly joins: readonly Piece[];
  /** The number of the outcome that each run comes to. */
  readonly leaf: Piece;
  readonly endings: readonly Ending[];
  /** Whose share is asked for, by the numbers of the columns that it is given in. */
  readonly salts: readonly string[];
  /** Waits whose end is the same for all, by the numbers of their columns. */
  readonly delays: readonly string[];
}

/** Columns of parameters: what each run is given, and what all of them are. */
export const givenRows = 0;
export const sharesFrom = 8;
export const duesRow = 1;

/** Works a tree out as SQL. Throws `OneByOne` where it says something that one statement cannot. */
export function compileMany(model: Model, schema: string, machine: Machine, tree: Foreseen): Many {
  const compiler = new Compiler(model, schema, machine);
  const none = { context: new Map(), record: new Map(), effects: [], tells: [], dues: [] };
  const leaf = compiler.walk(tree, none);
  return { ...compiler, leaf };
}

class Compiler {
  readonly joins: Piece[] = [];
  readonly endings: Ending[] = [];
  readonly salts: string[] = [];
  readonly delays: string[] = [];
  readonly #model: Model;
  readonly #machine: Machine;
  readonly #source: Source;
  /** What is worked out already, by what it says. */
  readonly #columns = new Map<string, Piece>();

  constructor(model: Model, schema: string, machine: Machine) {
    this.#model = model;
    this.#machine = machine;
    this.#source = new Source({ model, schema, access: undefined }, machine.entity, "c");
  }

  walk(here: Foreseen, begun: Way): Piece {
    const way = here.acts.reduce((sofar, act) => this.#done(sofar, act), begun);
    if (!isOutcome(here)) {
      const asked = this.#column(this.#guard(here, way));
      return sql`(case when ${asked} then ${this.walk(here.yes, way)} else ${this.walk(here.no, way)} end)`;
    }
    this.endings.push({ ...way, outcome: here, unfilled: this.#unfilled(here, way) });
    return sql`${sql.lit(here.number)}`;
  }

  #unfilled({ requires }: Outcome, { record }: Way): Piece | undefined {
    const { entity } = this.#machine;
    const empty = [...new Set(requires)].map((name) => {
      const [field, held] = [entity.fields.get(name), record.get(name)];
      if (held) return sql`${held.stored} is null`;
      if (!field || Object.keys(field.columns).length === 0) return sql`true`;
      return sql`coalesce(to_jsonb(${jsonOf(field, "c")}), 'null'::jsonb) = 'null'::jsonb`;
    });
    return empty.length === 0 ? undefined : sql`(${sql.join(empty, sql` or `)})`;
  }

  /** A piece that is worked out once for each run, however often it is used and on however many ways it stands. */
  #column(piece: Piece): Piece {
    const key = JSON.stringify(compile(sql`select ${piece}`));
    const known = this.#columns.get(key);
    if (known) return known;
    const at = this.joins.length;
    const [row, name] = [sql.id(`l${at}`), sql.id(`v${at}`)];
    this.joins.push(sql`cross join lateral (select ${piece} as ${name} offset 0) as ${row}`);
    const column = sql`${row}.${name}`;
    this.#columns.set(key, column);
    return column;
  }

  /** What is told, as a text; what is the same for all is worked out by nobody. */
  #text(value: unknown): Piece {
    if (typeof value === "string" || value === null || value === undefined) return sql`${value ?? null}::text`;
    return this.#column(sql`(${this.#json(value)} #>> '{}')`);
  }

  #guard({ guard }: Question, way: Way): Piece {
    if (guard.type === "rollout") {
      const { percent, salt } = guard.params;
      if (!this.salts.includes(salt)) this.salts.push(salt);
      return sql`(${sql.id("g", `s${this.salts.indexOf(salt)}`)} < ${sql.lit(percent)})`;
    }
    if (guard.type !== "expr") throw new OneByOne("a right");
    const checked = this.#expression(guard.params.cel);
    return checked ? compileCondition(checked, this.#context(way)) : sql`false`;
  }

  /** An expression that reads nothing but the record, the run's context and the moment. */
  #expression(cel: string): Checked | undefined {
    const checked = this.#machine.expression(cel);
    if (checked && !isOwn(checked.node)) throw new OneByOne(`what "${cel}" reads`);
    return checked;
  }

  #context(way: Way): SqlContext {
    return ownContext((root, steps) => {
      if (root === "context") return { value: contextOf(way) };
      const field = steps[0]?.field;
      if (!field) return { value: sql`c.id` };
      const stored = way.record.get(field.name)?.stored;
      return stored ? { value: asRead(field, stored) } : this.#source.value(field);
    });
  }

  #done(way: Way, it: Act): Way {
    if (it.act === "wait") return { ...way, dues: [...way.dues, this.#due(it.delay, way)] };
    const { type, params } = it.action;
    if (!type.alike) throw new OneByOne(type.label);
    const { id: workflow, entity } = this.#machine;
    const held = this.#held(params, way) as object;
    const effects = type.effects(held, { now: "", record: {}, entity: entity.name, workflow });
    const after = effects.reduce((sofar, effect) => this.#effect(sofar, effect), way);
    return { ...after, dues: [...after.dues, null] };
  }

  #effect(way: Way, effect: Effect): Way {
    if (effect.do === "context.set") {
      const values = Object.entries(effect.values).map(([name, value]) => [name, this.#json(value)] as const);
      return { ...way, context: new Map([...way.context, ...values]) };
    }
    if (effect.do === "record.update") {
      const values = Object.entries(effect.values).map(([name, value]) => [name, this.#stored(name, value)] as const);
      const json = sql`jsonb_build_object('do', 'record.update'::text, 'values', ${this.#json(effect.values)})`;
      return { ...way, record: new Map([...way.record, ...values]), effects: [...way.effects, json] };
    }
    if (effect.do !== "notify") throw new OneByOne(effect.do);
    if (effect.group) throw new OneByOne(groupHindrance);
    const [to, title, body] = [effect.to, effect.title, effect.body].map((value) => this.#json(value)) as [
      Piece,
      Piece,
      Piece,
    ];
    const json = sql`jsonb_build_object('do', 'notify'::text, 'to', ${to}, 'title', ${title}, 'body', ${body})`;
    const told = sql`(case when jsonb_typeof(${to}) <> 'null' then ${json} end)`;
    const telling = { to: this.#text(effect.to), title: this.#text(effect.title), body: this.#text(effect.body) };
    return { ...way, effects: [...way.effects, told], tells: [...way.tells, telling] };
  }

  /** Parameters with a place for each value that is a run's own. */
  #held(value: unknown, way: Way): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#held(item, way));
    if (typeof value !== "object" || value === null) return value;
    if (!isExpression(value))
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.#held(item, way)]));
    const checked = this.#expression(value.cel);
    if (!checked) return null;
    const found = compileExpression(checked, this.#context(way));
    if (!("value" in found)) throw new OneByOne("money");
    const stored = this.#column(found.value);
    const { kind } = checked.type;
    return new Held(this.#column(travels(checked, stored)), typedKinds.has(kind) ? stored : undefined, kind);
  }

  #json(value: unknown): Piece {
    if (value instanceof Held) return value.json;
    if (!holdsAny(value)) return sql`${JSON.stringify(value)}::jsonb`;
    if (Array.isArray(value)) return sql`jsonb_build_array(${sql.join(value.map((it) => this.#json(it)))})`;
    const members = Object.entries(value as object).map(([name, it]) => sql`${name}::text, ${this.#json(it)}`);
    return sql`jsonb_build_object(${sql.join(members)})`;
  }

  /** What a field of the record comes to hold. Numbers and references that are worked out are checked one by one. */
  #stored(name: string, value: unknown): Held {
    const { entity } = this.#machine;
    const hindrance = fieldHindrance(entity, name);
    if (hindrance !== undefined) throw new OneByOne(hindrance);
    const field = entity.fields.get(name)!;
    const column = Object.entries(field.columns)[0]!;
    const cast = sql.raw(column[1]);
    if (value instanceof Held) {
      const own = workedHindrance(field, value.kind);
      if (own !== undefined || !value.stored) throw new OneByOne(own ?? field.title);
      // What is worked out to nothing leaves the field empty.
      const stored = value.kind === "text" ? sql`nullif(${value.stored}, '')` : value.stored;
      return new Held(value.json, sql`${stored}::${cast}`);
    }
    const { [name]: kept = null } = normalValues(this.#model, entity, { [name]: value } as Values);
    if (typeof kept === "object" && kept !== null) throw new OneByOne(`what is kept in "${field.title}"`);
    return new Held(this.#json(value), sql`${kept === null ? null : String(kept)}::text::${cast}`);
  }

  #due(name: string, way: Way): Piece {
    const { document, entity } = this.#machine;
    const delay = document.meta.delays?.[name] ?? {};
    const hindrance = delayHindrance(delay, entity, this.#machine.expression);
    if (hindrance !== undefined) throw new OneByOne(hindrance);
    const { at, until, after, before } = delay;
    if (at === undefined && until === undefined) {
      if (!this.delays.includes(name)) this.delays.push(name);
      return cellSlot(duesRow, this.delays.indexOf(name), "timestamptz");
    }
    if (at) {
      const found = compileExpression(this.#expression(at.cel)!, this.#context(way)) as { value: Piece };
      return this.#column(sql`date_trunc('milliseconds', ${found.value}, 'UTC')`);
    }
    const field = entity.fields.get(until ?? "")!;
    if (way.record.has(field.name)) throw new OneByOne("a wait for a day");
    const ms = (durationMs(after ?? "PT0S") ?? 0) - (durationMs(before ?? "PT0S") ?? 0);
    const moment = (this.#source.value(field) as { value: Piece }).value;
    return this.#column(
      sql`(date_trunc('milliseconds', ${moment}, 'UTC') + ${sql.lit(ms)} * interval '1 millisecond')`,
    );
  }
}

/** What an expression is compiled among that reads its own rows and the moment alone; all else is for one by one. */
export function ownContext(path: SqlContext["path"]): SqlContext {
  const not = (what: string) => () => {
    throw new OneByOne(what);
  };
  return {
    now: nowSlot,
    today: todaySlot,
    path,
    exists: not("a list"),
    least: not("a list"),
    inSegment: not("a segment"),
    been: not("the journal"),
  };
}

/** The context of a run on its way. */
export function contextOf({ context }: Pick<Way, "context">): Piece {
  if (context.size === 0) return sql`r.context`;
  const members = [...context].map(([name, value]) => sql`${name}::text, ${value}`);
  return sql`(r.context || jsonb_build_object(${sql.join(members)}))`;
}

/** What expressions read of a field that the way has changed. */
function asRead(field: Field, stored: Piece): Piece {
  return field.type.type(field.property).kind === "number" ? sql`${stored}::numeric` : stored;
}

function holdsAny(value: unknown): boolean {
  if (value instanceof Held) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsAny);
}

/** A value of an expression as it travels, as `jsonb`. */
function travels({ type }: Checked, value: Piece): Piece {
  const made = (): Piece => {
    switch (type.kind) {
      case "number":
      case "duration":
        return sql`to_jsonb(trim_scale(${value})::text)`;
      case "moment":
        return sql`to_jsonb(to_char(${value} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`;
      case "boolean":
        return sql`to_jsonb(${value})`;
      case "json":
        return sql`(case jsonb_typeof(${value}) when 'number' then to_jsonb(trim_scale((${value} #>> '{}')::numeric)::text) else ${value} end)`;
      case "record":
        return type.entities.length === 1
          ? sql`(case when ${value} is not null then jsonb_build_object('entity', ${type.entities[0]}::text, 'id', ${value}::text) end)`
          : sql`to_jsonb(${value}::text)`;
      case "text":
      case "choice":
      case "state":
      case "id":
      case "date":
        return sql`to_jsonb(${value}::text)`;
      default:
        throw new OneByOne(type.kind);
    }
  };
  return sql`coalesce(${made()}, 'null'::jsonb)`;
}
