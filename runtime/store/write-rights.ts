import { asksAbout, fault, withReaders, type Fault, type Field, type PlannedWrite, type RowRule } from "engine";
import { writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { flush } from "./commit.ts";
import type { Scene } from "./operation.ts";
import { idOf } from "./related.ts";
import { ask, conditionOf, entityOf, ready, rowsOf, targetOf } from "./rows.ts";
import type { Found } from "./rules.ts";

/** A record that is written, the rule that must cover its row, and what stands against it where that does not. */
interface Asked {
  readonly at: number;
  readonly write: PlannedWrite;
  readonly rule: RowRule;
  readonly told: Fault;
}

/**
 * What the writer's rights do not cover of new records: the right to create, and fields that she may write on some records
 * only. Asked of the rows themselves, before they are committed.
 */
export async function createFaults(
  tx: Connection,
  scene: Scene,
  writes: readonly PlannedWrite[],
): Promise<readonly Fault[]> {
  const asked = rightsAsked(scene, writes);
  if (asked.length > 0) await flush(tx, scene);
  const faults = await refusedOf(asked, ([{ write, rule }, ...others]) => {
    const entity = entityOf(scene, write.entity);
    const ids = [write, ...others.map((it) => it.write)].map(({ id }) => id);
    return rowsOf(tx, scene, writing.rowsAgainst(targetOf(scene, entity), ids, conditionOf(scene, entity, rule)));
  });
  return faults.flatMap(([, told]) => told);
}

/**
 * The same of records that are not written, because something stands against them or others: asked of the rows that they
 * would be, as far as their rules do not look at what does not hold, or at records that were to be made along.
 */
export async function foreseenFaults(tx: Connection, scene: Scene, writes: readonly PlannedWrite[]): Promise<Found> {
  const fresh = new Set(writes.filter(({ act }) => act === "create").map(({ id }) => id));
  const asked = rightsAsked(scene, writes).filter(
    ({ write, rule }) => fresh.has(write.id) && !asksAbout(rule, openOf(scene, write, fresh)),
  );
  return refusedOf(asked, ([{ write, rule }, ...others]) => {
    const entity = entityOf(scene, write.entity);
    const records = [write, ...others.map((it) => it.write)].map(({ record }) => record);
    const against = writing.newRowsAgainst(
      targetOf(scene, entity),
      conditionOf(scene, entity, rule),
      records.length === 1,
    );
    return ask(tx, ready(scene, against, writing.cellSlots(writing.keptFields(entity), records)));
  });
}

function rightsAsked(scene: Scene, writes: readonly PlannedWrite[]): readonly Asked[] {
  const { access } = scene;
  if (!access) return [];
  return writes.flatMap((write, at): readonly Asked[] => {
    const { act, entity: name, conditional = [], path = "" } = write;
    const fields = conditional.flatMap((field) => {
      const rule = access.entity(name)?.writable(field, "create");
      return rule ? { at, write, rule, told: unwritableField(field, path) } : [];
    });
    if (act !== "create" || isCovered(scene, write)) return fields;
    const right = `create this in "${entityOf(scene, name).plural}"`;
    return [{ at, write, rule: createRule(scene, name), told: fault("right.missing", { right, path }) }, ...fields];
  });
}

type Group = readonly [Asked, ...Asked[]];

/** What stands against the records that their rules do not cover, with one question for all records of a rule. */
async function refusedOf(
  asked: readonly Asked[],
  against: (group: Group) => Promise<readonly { readonly id: string }[]>,
): Promise<Found> {
  const refused: (readonly [number, readonly Fault[]])[] = [];
  for (const byRule of Map.groupBy(asked, ({ write }) => write.entity).values())
    for (const them of Map.groupBy(byRule, ({ rule }) => rule).values()) {
      const ids = new Set((await against(them as unknown as Group)).map(({ id }) => id));
      refused.push(...them.filter(({ write }) => ids.has(write.id)).map(({ at, told }) => [at, [told]] as const));
    }
  return refused;
}

const createRule = ({ access }: Scene, entity: string): RowRule =>
  access?.entity(entity)?.rule("create") ?? { kind: "none" };

/** Whether the rule covers a new record whatever the tables hold: what is the writer's own is in each of the scopes. */
function isCovered(scene: Scene, { entity, record }: PlannedWrite): boolean {
  const rule = createRule(scene, entity);
  if (rule.kind !== "any") return rule.kind === "all";
  return rule.scopes.length > 0 && entity !== "user" && record.owner === scene.principal.id;
}

/** The places of a new record that nothing can be asked about before it stands. */
function openOf(scene: Scene, write: PlannedWrite, fresh: ReadonlySet<string>): ReadonlySet<string> {
  const entity = entityOf(scene, write.entity);
  const along = [...entity.fields.values()].filter(
    ({ name, targets }) => targets.length > 0 && fresh.has(idOf(write.record[name]) ?? ""),
  );
  return withReaders(scene.model, entity, new Set([...(write.unsound ?? []), ...along.map(({ name }) => name)]));
}

/** The refusal of a field that the writer may not write on this record. */
export function unwritableField(field: Field, path = ""): Fault {
  return fault("right.missing", { right: `write "${field.title}"`, path: `${path}/${field.name}` });
}
