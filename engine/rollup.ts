import { Decimal } from "decimal.js";
import { checkExpression, type Checked } from "./expression/check.ts";
import { holds, evaluate, type Environment } from "./expression/evaluate.ts";
import { recordScope } from "./expression/scope.ts";
import { isNumber, type RollingUp } from "./field-types/rollup.ts";
import type { Entity, Field, Inverse, Model } from "./model.ts";
import { withFormulas } from "./formulas.ts";
import { isExpression, type Values } from "./values.ts";

/** A roll-up with all that it is made of at hand. */
export interface Rollup {
  /** The field that shows it, on the record that has the list. */
  readonly field: Field;
  readonly parent: Entity;
  readonly list: Inverse;
  /** The entity of the records in the list. */
  readonly child: Entity;
  readonly measure: RollingUp["measure"];
  readonly value: Checked | undefined;
  readonly where: Checked | undefined;
  readonly currency: Checked | undefined;
  readonly on: Checked | undefined;
}

/** What one of a currency is worth in that of the workspace, from a day on. */
export interface Worth {
  readonly currency: string;
  readonly from: string;
  readonly rate: string;
}

/** What currencies are worth, that of the workspace among them; of each the latest first. */
export function worthsIn({ workspace: { currency, rates = [] } }: Pick<Model, "workspace">): readonly Worth[] {
  return [{ currency, from: "0001-01-01", rate: "1" }, ...rates].toSorted((one, other) =>
    one.from < other.from ? 1 : -1,
  );
}

const known = new WeakMap<Model, readonly Rollup[]>();

/** All roll-ups of a model. */
export function rollupsOf(model: Model): readonly Rollup[] {
  const found = known.get(model) ?? [...model.entities.values()].flatMap((entity) => rollupsOn(model, entity));
  known.set(model, found);
  return found;
}

/** The roll-ups of the records in a list of which an entity's records stand. */
export const rollupsOver = (model: Model, child: string): readonly Rollup[] =>
  rollupsOf(model).filter((rollup) => rollup.child.name === child);

function rollupsOn(model: Model, parent: Entity): readonly Rollup[] {
  return [...parent.fields.values()].flatMap((field) => {
    const { of, measure, value, where, currency, on } = field.property as unknown as RollingUp;
    const list = field.type.name === "rollup" ? parent.inverses.get(of) : undefined;
    const child = list && model.entities.get(list.entity);
    if (!list || !child) return [];
    const read = (given: unknown) =>
      isExpression(given) ? checkExpression(given.cel, recordScope(model, child.name)).expression : undefined;
    const inputs = { value: read(value), where: read(where), currency: read(currency), on: read(on) };
    return [{ field, parent, list, child, measure, ...inputs }];
  });
}

/** What a record adds to one roll-up of the record that it points at. */
interface Share {
  readonly parent: string;
  readonly value: unknown;
}

/** By how much a roll-up of one record changes; `again` where only all records of the list tell. */
export interface RollupChange {
  count: number;
  sum: Decimal;
  again: boolean;
  /** The places of the writes that change it, in what the caller sent. */
  readonly paths: Set<string>;
}

/** Sums are exact, however long. */
const Exact = Decimal.clone({ precision: 200 });

/** Sums up what writes do to the roll-ups of other records, until all of it is written at once. */
export class RollupBook {
  /** By the name of the entity, by the id of the record, by the name of the field. */
  readonly changes = new Map<string, Map<string, Map<string, RollupChange>>>();

  /** Notes that a record became another one; it was not there before, or is not there any more, where that is null. */
  note(model: Model, entity: string, before: Values | null, after: Values | null, path = ""): void {
    for (const rollup of rollupsOver(model, entity)) {
      const [old, now] = [shareOf(model, rollup, before), shareOf(model, rollup, after)];
      if (old && now && old.parent === now.parent && old.value === now.value) continue;
      if (old) this.#add(rollup, old, -1, path);
      if (now) this.#add(rollup, now, 1, path);
    }
  }

  /** Remembers what was noted so far; the answer goes back to it. */
  mark(): () => void {
    const kept = [...this.changes].map(([entity, records]) => {
      const copies = [...records].map(
        ([id, fields]) =>
          [
            id,
            new Map([...fields].map(([name, change]) => [name, { ...change, paths: new Set(change.paths) }])),
          ] as const,
      );
      return [entity, new Map(copies)] as const;
    });
    return () => {
      this.changes.clear();
      for (const [entity, records] of kept) this.changes.set(entity, records);
    };
  }

  #add({ parent, field, measure }: Rollup, share: Share, sign: 1 | -1, path: string): void {
    const records = this.changes.get(parent.name) ?? new Map<string, Map<string, RollupChange>>();
    this.changes.set(parent.name, records);
    const fields = records.get(share.parent) ?? new Map<string, RollupChange>();
    records.set(share.parent, fields);
    const sofar = fields.get(field.name) ?? { count: 0, sum: new Exact(0), again: false, paths: new Set() };
    fields.set(field.name, sofar);
    sofar.paths.add(path);
    const empty = share.value === null || share.value === undefined;
    if (measure === "min" || measure === "max") sofar.again ||= !empty;
    else if (isNumber(measure) || !empty) sofar.count += sign;
    if ((measure === "sum" || measure === "avg") && !empty)
      sofar.sum = sofar.sum.plus(new Exact(String(share.value)).times(sign));
  }
}

function shareOf(model: Model, rollup: Rollup, record: Values | null): Share | undefined {
  const { list, parent, child, measure, value, where } = rollup;
  if (!record || (record.deleted_at ?? null) !== null) return undefined;
  const at = record[list.reference.name];
  const pointer = (typeof at === "object" && at !== null ? at : { id: at }) as { entity?: string; id?: unknown };
  if (typeof pointer.id !== "string" || (pointer.entity ?? parent.name) !== parent.name) return undefined;
  // Neither formulas nor conditions of a roll-up know a clock.
  const environment = withFormulas(model, child, { record, now: "", today: "" });
  if (where && !holds(where, environment)) return undefined;
  const own = value ? evaluate(value, environment) : null;
  const worth = worthOf(model, rollup, own, environment);
  if (measure !== "unrated") return { parent: pointer.id, value: worth };
  return own !== null && worth === null ? { parent: pointer.id, value: null } : undefined;
}

/** A value in the currency of the workspace, where it has one; null where nothing says what that is worth. */
function worthOf(model: Model, { currency, on }: Rollup, value: unknown, environment: Environment): unknown {
  if (!currency || value === null) return value;
  const given = evaluate(currency, environment) ?? model.workspace.currency;
  const day = (on ? evaluate(on, environment) : null) ?? "9999-12-31";
  const worth = worthsIn(model).find((it) => it.currency === given && it.from <= String(day));
  return worth ? new Exact(String(value)).times(worth.rate).toFixed() : null;
}
