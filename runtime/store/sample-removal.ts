import type { Entity, Model, Principal, RecordWrite } from "engine";
import { tableOf, writing } from "engine/sql";
import type { Connection, Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { operate, type Scene } from "./operation.ts";
import { entityOf, lockRecords, rowsOf, targetOf } from "./rows.ts";
import { writeRecords } from "./write.ts";

/** What became of the samples; `kept` are those at which people's own records point. */
export interface SamplesRemoved {
  readonly operation: string;
  readonly removed: number;
  readonly kept: readonly { readonly entity: string; readonly id: string }[];
}

/** How many sample records stand, by template. */
export async function countSamples(db: Queryable, { schema, schemaName, model }: Workspace) {
  const counts = new Map<string, number>();
  const { rows: there } = await db.query(`select distinct entity from ${schema}._sample`);
  for (const { anchor, name } of sampled(model, there)) {
    const { rows } = await db.query(
      `select s.template, count(*)::int as n from ${schema}._sample s join ${tableOf(schemaName, name)} t on t.id = s.record
       where s.entity = $1 and t.deleted_at is null group by s.template`,
      [anchor],
    );
    for (const { template, n } of rows) counts.set(template, (counts.get(template) ?? 0) + n);
  }
  return counts;
}

/** The entities of which there are samples. */
function sampled({ entities }: Model, there: readonly { readonly entity: string }[]): readonly Entity[] {
  const anchors = new Set(there.map(({ entity }) => entity));
  return [...entities.values()].filter(({ anchor }) => anchors.has(anchor));
}

/**
 * Moves the sample records of a template to the trash, as one operation. Where people's own records point at them they
 * stay, with all that they point at themselves.
 */
export async function removeSamples(
  workspace: Workspace,
  principal: Principal,
  template: string,
  now: Date,
): Promise<SamplesRemoved> {
  const told = { kind: "template.samples", title: `Samples of ${template}`, now, bulk: true, unbounded: true };
  const { operation, result } = await operate(workspace, principal, told, async (tx, scene) => {
    const samples = await readSamples(tx, scene, template);
    const needed = await neededBy(tx, scene, samples);
    const going = [...samples].filter(([id]) => !needed.has(id));
    const writes: RecordWrite[] = [];
    for (const [entity, them] of Map.groupBy(going, ([, name]) => name)) {
      const ids = them.map(([id]) => id);
      const rows = await lockRecords(tx, scene, entityOf(scene, entity), { ids, trash: "without" });
      for (const [id, before] of rows) writes.push({ act: "trash", entity, id, before, after: {} });
    }
    await writeRecords(tx, scene, writes);
    return {
      removed: writes.length,
      kept: [...needed].map((id) => ({ entity: samples.get(id) ?? "", id })),
    };
  });
  return { operation, ...result };
}

/** The standing samples of a template: their ids with the names of their entities. */
async function readSamples(tx: Connection, scene: Scene, template: string): Promise<ReadonlyMap<string, string>> {
  const { workspace, model } = scene;
  const found = new Map<string, string>();
  const of = `select distinct entity from ${workspace.schema}._sample where template = $1`;
  const { rows: there } = await tx.query(of, [template]);
  for (const { anchor, name } of sampled(model, there)) {
    const { rows } = await tx.query(
      `select s.record as id from ${workspace.schema}._sample s join ${tableOf(workspace.schemaName, name)} t on t.id = s.record
       where s.template = $1 and s.entity = $2 and t.deleted_at is null`,
      [template, anchor],
    );
    for (const { id } of rows) found.set(id, name);
  }
  return found;
}

/** The samples at which records point that stay; what a sample that stays points at is needed as well. */
async function neededBy(
  tx: Connection,
  scene: Scene,
  samples: ReadonlyMap<string, string>,
): Promise<ReadonlySet<string>> {
  const pieces = [...Map.groupBy([...samples], ([, name]) => name)].flatMap(([to, them]) =>
    [...scene.model.entities.values()].flatMap((entity) =>
      [...entity.fields.values()]
        .filter((field) => field.targets.includes(to) && Object.keys(field.columns).length > 0)
        .map((field) =>
          writing.targetsOf(
            targetOf(scene, entity),
            field,
            to,
            them.map(([id]) => id),
          ),
        ),
    ),
  );
  if (pieces.length === 0) return new Set();
  const pointers = await rowsOf<{ id: string; target: string }>(tx, scene, writing.together(pieces));
  const needed = new Set<string>();
  for (let grew = true; grew;) {
    const more = pointers.filter(({ id, target }) => !needed.has(target) && (needed.has(id) || !samples.has(id)));
    for (const { target } of more) needed.add(target);
    grew = more.length > 0;
  }
  return needed;
}
