import { sql } from "kysely";
import type { Field, Model } from "../model.ts";
import type { Foreseen } from "../workflow/foresee.ts";
import type { Machine } from "../workflow/machine.ts";
import { endingOf, passageOf, stoodIn } from "../workflow/passages.ts";
import { leafIn } from "../workflow/states.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { compileMany, contextOf, duesRow, givenRows, OneByOne, sharesFrom, type Ending, type Many } from "./many.ts";
import { cellSlot, nowSlot } from "./slot.ts";
import { jsonOf, jsonOfPiece, tableIn, type Piece } from "./write.ts";

/** What a cohort is moved by, and what the move is written down as. */
export interface Cause {
  readonly timer: string;
  /** The event of the journal; what `_event` calls it is its type. */
  readonly event: { readonly type: string; readonly data: unknown };
  readonly title: string;
  readonly kind: string;
}

/** A statement that moves many runs that stand alike, and what it is to be given. */
export interface Cohort {
  readonly statement: CompiledStatement;
  readonly salts: readonly string[];
  readonly delays: readonly string[];
  /** How many ids each run needs: of its history, its event, and what people are told. */
  readonly ids: number;
  /** How many states and transitions it counts; each needs an id. */
  readonly counted: number;
  /** The fields of the record that it may change. */
  readonly changing: readonly Field[];
}

/** The rows of a cohort's parameters: runs first, then their ids, and their shares from `sharesFrom` on. */
export const cohortRows = { given: givenRows, sharesFrom, dues: duesRow, all: 2 } as const;
/** So many waits begin with one step at most, where their order is to be told from that of the next. */
export const placesOfStep = 1024;
const tellsMost = sharesFrom - 3;

/**
 * One statement that moves runs that stand alike by a timer along what is foreseen for them: guards are conditions,
 * what is kept and told is worked out for each run, and everything that the move of one run writes is written for all.
 * Runs that would leave empty what the states require that they come to stay where they are.
 * Throws `OneByOne` where a part of it cannot be said so.
 */
export function compileCohort(
  model: Model,
  schema: string,
  machine: Machine,
  { value, tree, cause }: { readonly value: unknown; readonly tree: Foreseen; readonly cause: Cause },
): Cohort {
  const many = compileMany(model, schema, machine, tree);
  const tells = Math.max(0, ...many.endings.map((ending) => ending.tells.length));
  if (tells > tellsMost) throw new OneByOne("how many people are told");
  const passages = passagesOf(machine, value, many.endings);
  const writer = new Writer(schema, machine, { cause, many, tells, passages, version: model.version });
  return {
    statement: compile(writer.statement()),
    salts: many.salts,
    delays: many.delays,
    ids: 2 + tells,
    counted: countedIn(passages).length,
    changing: changingFields(machine, many.endings),
  };
}

/** The fields of the record that some ending may change, in the order of the entity. */
function changingFields(machine: Machine, endings: readonly Pick<Ending, "record">[]): readonly Field[] {
  const states = new Set([machine.stateField, ...machine.regionFields.values()]);
  const names = new Set(endings.flatMap(({ record }) => [...record.keys()]));
  return [...machine.entity.fields.values()].filter((field) => states.has(field) || names.has(field.name));
}

/** What an ending counts: how often a state is entered and left by each of its runs, or a transition taken. */
interface Counted {
  readonly number: number;
  readonly counted: string;
  readonly entered: number;
  readonly exited: number;
  /** Whether it is a state, in which time is spent. */
  readonly stays: boolean;
}

function passagesOf({ document }: Machine, value: unknown, endings: readonly Ending[]): readonly Counted[] {
  const was = stoodIn(document, { value, status: "active" });
  return endings.flatMap(({ outcome }) => {
    const { number, taken } = outcome;
    const { entered, left } = passageOf(document, was, stoodIn(document, outcome), taken);
    const one = { number, entered: 1, exited: 0, stays: true };
    return [
      ...entered.map((counted) => ({ ...one, counted })),
      ...left.map((counted) => ({ ...one, counted, entered: 0, exited: 1 })),
      ...[...taken, ...endingOf("active", outcome.status, { type: "timer" })].map((counted) => ({
        ...one,
        counted,
        stays: false,
      })),
    ];
  });
}

const countedIn = (passages: readonly Counted[]) => [...new Set(passages.map(({ counted }) => counted))];

const isoOf = (piece: Piece) => sql`to_char(${piece} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const json = (value: unknown) => sql`${JSON.stringify(value)}::jsonb`;

/** What a writer says. */
interface Written {
  readonly cause: Cause;
  readonly many: Many;
  readonly tells: number;
  readonly passages: readonly Counted[];
  /** The version of the model that the runs are moved under. */
  readonly version: number;
}

class Writer {
  readonly #schema: string;
  readonly #machine: Machine;
  readonly #cause: Cause;
  readonly #many: Many;
  readonly #fields: readonly Field[];
  readonly #passages: readonly Counted[];
  readonly #version: number;
  readonly tells: number;

  constructor(schema: string, machine: Machine, { cause, many, tells, passages, version }: Written) {
    this.#schema = schema;
    this.#machine = machine;
    this.#cause = cause;
    this.#many = many;
    this.#fields = changingFields(machine, many.endings);
    this.#passages = passages;
    this.#version = version;
    this.tells = tells;
  }

  #table(name: string): Piece {
    return sql`${sql.raw(this.#schema)}.${sql.id(name)}`;
  }

  statement(): Piece {
    const parts = [
      ...this.#record(),
      this.#event(),
      this.#journal(),
      this.#run(),
      this.#ended(),
      ...this.#begun(),
      ...this.#told(),
      ...this.#passed(),
      this.#operation(),
    ];
    const named = parts.map((part, at) => sql`${sql.id(`p${at}`)} as (${part})`);
    return sql`with ${sql.join([sql`d as materialized (${this.#decided()})`, ...named])} select count(*)::integer as n from d`;
  }

  /** For each ending its own piece. */
  #by(piece: (ending: Ending) => Piece | undefined, otherwise: Piece = sql`null`): Piece {
    const cases = this.#many.endings.flatMap((ending) => {
      const made = piece(ending);
      return made ? [sql`when ${sql.lit(ending.outcome.number)} then ${made}`] : [];
    });
    return cases.length === 0 ? otherwise : sql`(case lf.leaf ${sql.join(cases, sql` `)} else ${otherwise} end)`;
  }

  /** Each run with its record, locked by whoever has claimed it, and what its ending makes of both. */
  #worked(): Piece {
    const { entity } = this.#machine;
    const schema = this.#schema;
    const version = sql`greatest(c.version, coalesce(u.version, 0)) + 1`;
    const columns = this.#fields.map((field) => {
      const [[name, type]] = Object.entries(field.columns) as [[string, string]];
      const value = this.#by((ending) => this.#valueIn(field, ending), sql`c.${sql.id(name)}`);
      return sql`c.${sql.id(name)} as ${sql.id(`o_${name}`)}, ${value}::${sql.raw(type)} as ${sql.id(`f_${name}`)}`;
    });
    const own = ["version", "updated_at", "updated_by"].map(
      (name) => sql`${name}::text, to_jsonb(${jsonOf(entity.fields.get(name)!, "c")})`,
    );
    const tells = Array.from({ length: this.tells }, (_, at) => [
      sql`${this.#by(({ tells }) => tells[at]?.to)}::uuid as ${sql.id(`to${at}`)}`,
      sql`${this.#by(({ tells }) => tells[at]?.title)} as ${sql.id(`title${at}`)}`,
      sql`${this.#by(({ tells }) => tells[at]?.body)} as ${sql.id(`body${at}`)}`,
    ]).flat();
    const dues = this.#many.endings.flatMap((ending) =>
      ending.outcome.set.map(
        ({ at }, place) =>
          sql`${ending.dues[at] ?? sql`null`}::timestamptz as ${sql.id(`due${ending.outcome.number}_${place}`)}`,
      ),
    );
    const list = sql.join([
      sql`g.*`,
      sql`lf.leaf, r.record, r.state as was, r.revision + 1 as revision, ${this.#before()} as before, r.entered_at`,
      sql`${version} as version, jsonb_build_object(${sql.join(own)}) as system`,
      sql`${this.#by(contextOf, sql`r.context`)} as context`,
      sql`${this.#by(effectsOf, json([]))} as effects`,
      sql`${this.#by(({ unfilled }) => unfilled, sql`false`)} as unfilled`,
      ...columns,
      ...tells,
      ...dues,
    ]);
    // By their keys, however many others there are.
    return sql`select ${list} from ${this.#given()}
      cross join lateral (select * from ${this.#table("_run")} as o where o.id = g.run offset 0) as r
      cross join lateral (select * from ${tableIn({ schema, entity })} as o where o.id = r.record offset 0) as c
      left join ${this.#table("_undone")} as u on u.record = c.id
      ${sql.join(this.#many.joins, sql` `)}
      cross join lateral (select ${this.#many.leaf} as leaf offset 0) as lf`;
  }

  #given(): Piece {
    const ids = Array.from({ length: 2 + this.tells }, (_, at) => [`i${at}`, 1 + at, "uuid[]"] as const);
    const shares = this.#many.salts.map((_, at) => [`s${at}`, sharesFrom + at, "float8[]"] as const);
    const all = [["run", 0, "uuid[]"] as const, ...ids, ...shares];
    const lists = all.map(([, at, type]) => cellSlot(givenRows, at, type));
    return sql`unnest(${sql.join(lists)}) as g(${sql.join(all.map(([name]) => sql.id(name)))})`;
  }

  /** Where a run stood, as the journal keeps it. */
  #before(): Piece {
    const timers = sql`(select coalesce(jsonb_agg(jsonb_build_object('name', t.name, 'due_at', t.due_at, 'set_at', t.set_at,
      'place', t.place) order by t.set_at, t.place, t.name), '[]')
      from ${this.#table("_timer")} as t where t.run = r.id)`;
    const names = [
      ...["id", "workflow", "version", "state", "value", "context", "history", "status", "revision"],
      ...["parent", "invocation", "item", "depth", "generation"],
    ].map((name) => sql`${name}::text, r.${sql.id(name)}`);
    return sql`jsonb_build_object(${sql.join(names)}, 'entered_at', ${isoOf(sql`r.entered_at`)}, 'timers', ${timers})`;
  }

  #valueIn(field: Field, { record, outcome: { value } }: Ending): Piece | undefined {
    const { document, stateField, regionFields } = this.#machine;
    if (field === stateField) return sql`${leafIn(document, value)}::text`;
    const [region] = [...regionFields].find(([, it]) => it === field) ?? [];
    return region === undefined ? record.get(field.name)?.stored : sql`${leafIn(document, value, region)}::text`;
  }

  /** What is so for all that come to the same end, and which fields have changed. */
  #decided(): Piece {
    const rows = this.#many.endings.map(({ outcome: { number, state, value, status, history, taken, cancelled } }) => {
      const output = status === "done" ? json(null) : sql`null::jsonb`;
      return sql`(${sql.lit(number)}, ${state}::text, ${json(value)}, ${status}::text, ${json(history)}, ${output}, ${json(taken)}, ${cancelled}::text[])`;
    });
    const changes = this.#fields.map((field) => {
      const [name] = Object.keys(field.columns) as [string];
      return sql`(w.${sql.id(`o_${name}`)} is distinct from w.${sql.id(`f_${name}`)}) as ${sql.id(`x_${name}`)}`;
    });
    return sql`select ${sql.join([sql`w.*, e.*`, ...changes])} from (${this.#worked()} offset 0) as w
      join (values ${sql.join(rows)}) as e(number, state, value, status, history, output, taken, cancelled) on e.number = w.leaf and not w.unfilled`;
  }

  #changed(): Piece {
    const flags = this.#fields.map((field) => sql`d.${sql.id(`x_${Object.keys(field.columns)[0]}`)}`);
    return flags.length === 0 ? sql`false` : sql`(${sql.join(flags, sql` or `)})`;
  }

  /** The record with what has changed in it, and its history. */
  #record(): readonly Piece[] {
    if (this.#fields.length === 0) return [];
    const { entity } = this.#machine;
    const columns = this.#fields.flatMap((field) => Object.keys(field.columns));
    const set = columns.map((name) => sql`${sql.id(name)} = d.${sql.id(`f_${name}`)}`);
    const row = sql`update ${tableIn({ schema: this.#schema, entity })} as c
      set ${sql.join([...set, sql`version = d.version, updated_at = ${nowSlot}, updated_by = null`])}
      from d where c.id = d.record and ${this.#changed()}`;
    const kept = (prefix: string) =>
      this.#fields.map((field) => {
        const [name] = Object.keys(field.columns) as [string];
        const value = jsonOfPiece(field, sql`d.${sql.id(`${prefix}_${name}`)}`);
        const member = sql`jsonb_build_object(${`#${field.anchor}`}::text, ${value})`;
        return sql`(case when d.${sql.id(`x_${name}`)} then ${member} else '{}'::jsonb end)`;
      });
    const history = sql`insert into ${this.#table("_history")}
        (id, entity, record, act, version, at, before, after, operation, recorded_at)
      select d.i0, ${entity.anchor}::text, d.record, 'move', d.version, ${nowSlot}, ${sql.join([...kept("o"), sql`d.system`], sql` || `)},
        ${sql.join(kept("f"), sql` || `)}, ${operationSlot}, ${nowSlot} from d where ${this.#changed()}`;
    return [row, history];
  }

  #event(): Piece {
    const names = this.#fields.map((field) => {
      const flag = sql`d.${sql.id(`x_${Object.keys(field.columns)[0]}`)}`;
      return sql`(case when ${flag} then ${json([field.name])} else '[]'::jsonb end)`;
    });
    const { event } = this.#cause;
    const data = sql`jsonb_build_object('fields', ${sql.join([json([]), ...names], sql` || `)}, 'data', ${json(event.data)})`;
    return sql`insert into ${this.#table("_event")} (id, entity, record, type, version, data, operation, at)
      select d.i1, ${this.#machine.entity.name}::text, d.record, ${event.type}::text,
        case when ${this.#changed()} then d.version else (d.system->>'version')::integer end, ${data}, ${operationSlot}, ${nowSlot} from d`;
  }

  #journal(): Piece {
    return sql`insert into ${this.#table("_journal")}
        (run, revision, event, from_state, to_state, transitions, effects, before, operation, at)
      select d.run, d.revision, ${json(this.#cause.event)}, d.was, d.state, d.taken, d.effects, d.before, ${operationSlot}, ${nowSlot} from d`;
  }

  #run(): Piece {
    return sql`update ${this.#table("_run")} as r set state = d.state, value = d.value, context = d.context, status = d.status,
        revision = d.revision, history = d.history, output = d.output, version = ${this.#machine.earlier ? sql`r.version` : sql.lit(this.#version)},
        entered_at = case when d.was = d.state then d.entered_at else ${nowSlot} end
      from d where r.id = d.run`;
  }

  /** Waits that have ended: the one that is over, those of states that were left, those that wait for what is empty. */
  #ended(): Piece {
    const open = this.#many.endings.flatMap(({ outcome: { number, set } }) =>
      set.map(({ name }, place) => {
        const due = sql`d.${sql.id(`due${number}_${place}`)}`;
        return sql`(case when d.leaf = ${sql.lit(number)} and ${due} is null then array[${name}::text] else '{}'::text[] end)`;
      }),
    );
    const again = this.#many.endings.flatMap(({ outcome: { number, set } }) =>
      set.some(({ name }) => name === this.#cause.timer) ? [sql`d.leaf = ${sql.lit(number)}`] : [],
    );
    const rung = sql`array[${this.#cause.timer}::text]`;
    const own =
      again.length === 0 ? rung : sql`(case when ${sql.join(again, sql` or `)} then '{}'::text[] else ${rung} end)`;
    const names = sql.join([sql`d.cancelled`, own, ...open], sql` || `);
    return sql`delete from ${this.#table("_timer")} as t using d where t.run = d.run and t.name = any(${names})`;
  }

  #begun(): readonly Piece[] {
    const rows = this.#many.endings.flatMap(({ outcome: { number, set } }) =>
      set.map(({ name }, place) => {
        const due = sql`d.${sql.id(`due${number}_${place}`)}`;
        return sql`select d.run, ${name}::text as name, ${due} as due_at, ${json({ type: name })} as event,
            d.revision * ${sql.lit(placesOfStep)} + ${sql.lit(place)} as place from d
          where d.leaf = ${sql.lit(number)} and ${due} is not null`;
      }),
    );
    if (rows.length === 0) return [];
    return [
      sql`insert into ${this.#table("_timer")} (run, name, due_at, event, place, set_at, attempts, held)
        select b.run, b.name, b.due_at, b.event, b.place, ${nowSlot}, 0, false from (${sql.join(rows, sql` union all `)}) as b
        on conflict (run, name) do update set due_at = excluded.due_at, set_at = excluded.set_at, place = excluded.place,
          attempts = 0, error = null, held = false`,
    ];
  }

  #told(): readonly Piece[] {
    const rows = Array.from({ length: this.tells }, (_, at) => {
      const own = (name: string) => sql`d.${sql.id(`${name}${at}`)}`;
      return sql`select d.${sql.id(`i${2 + at}`)} as id, ${own("to")} as person, ${own("title")} as title, ${own("body")} as body, d.record
        from d where ${own("to")} is not null`;
    });
    if (rows.length === 0) return [];
    return [
      sql`insert into ${this.#table("_notification")} (id, for_user, title, body, record, at, entity, operation)
        select b.id, b.person, b.title, b.body, b.record, ${nowSlot}, ${this.#machine.entity.name}::text, ${operationSlot}
        from (${sql.join(rows, sql` union all `)}) as b`,
    ];
  }

  /** How often states were entered and left, and transitions taken. */
  #passed(): readonly Piece[] {
    if (this.#passages.length === 0) return [];
    const places = countedIn(this.#passages);
    const rows = this.#passages.map(
      ({ number, counted, entered, exited, stays }) =>
        sql`(${sql.lit(number)}, ${sql.lit(places.indexOf(counted) + 1)}, ${counted}::text, ${sql.lit(entered)}, ${sql.lit(exited)}, ${sql.lit(stays ? exited - entered : 0)})`,
    );
    const ids = cellSlot(2, 1, "uuid[]");
    return [
      sql`insert into ${this.#table("_passage")} (id, workflow, counted, entered, exited, moments)
        select i.id, ${this.#machine.document.meta.id}::text, e.counted, sum(e.entered * d.n), sum(e.exited * d.n),
          sum(e.stays * d.n) * (extract(epoch from ${nowSlot}) * 1000)::bigint
        from (select leaf, count(*) as n from d group by leaf) as d join (values ${sql.join(rows)}) as e(number, place, counted, entered, exited, stays) on e.number = d.leaf
          join unnest(${ids}) with ordinality as i(id, place) on i.place = e.place
        group by i.id, e.counted`,
    ];
  }

  #operation(): Piece {
    const { kind, title } = this.#cause;
    const rows = sql`(count(*) filter (where ${this.#changed()}))::integer`;
    return sql`insert into ${this.#table("_operation")} (id, kind, status, title, at, finished_at, rows, done, detail)
      select ${operationSlot}, ${kind}::text, 'done', ${title}::text, ${nowSlot}, ${nowSlot}, ${rows}, ${rows}, '{}'::jsonb
      from d having count(*) > 0`;
  }
}

/** The operation of the move: one for all. */
const operationSlot = cellSlot(2, 0, "uuid");

/** What is asked of others, in its order, without what came to nothing. */
function effectsOf({ effects }: Ending): Piece {
  const each = effects.map(
    (effect) => sql`(case when ${effect} is null then '[]'::jsonb else jsonb_build_array(${effect}) end)`,
  );
  return each.length === 0 ? json([]) : sql`(${sql.join(each, sql` || `)})`;
}
