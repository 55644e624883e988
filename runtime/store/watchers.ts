import { planShape, type Values } from "engine";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import { askerOf, type Scene } from "./operation.ts";
import { getRecord, type ReadScene } from "./read.ts";
import { entityOf } from "./rows.ts";
import { whoSees } from "./seers.ts";

/** Who wants to hear of a record, and whether the asker does. For who sees it. */
export async function readWatchers(scene: ReadScene, entity: string, id: string) {
  await getRecord(scene, entity, id, { fields: "id" });
  const { pool, schema } = scene.workspace;
  const { rows } = await pool.query(
    `select u.id, u.name, bool_or(u.id = $2) over () as watching
     from ${schema}._watch w join ${schema}."user" u on u.id = w."user" and u.active and u.deleted_at is null
     where w.record = $1 order by u.name, u.id limit 200`,
    [id, askerOf(scene)],
  );
  const found = rows as readonly { readonly id: string; readonly name: string; readonly watching: boolean }[];
  return { watching: found[0]?.watching ?? false, items: found.map(({ id, name }) => ({ id, name })) };
}

/** Lets who asks hear of a record that she sees from now on, or no more. */
export async function watch(scene: ReadScene, name: string, id: string, on: boolean): Promise<void> {
  const { model, access, workspace, now } = scene;
  const { entity } = planShape(model, access, name, { fields: "id" });
  await getRecord(scene, name, id, { fields: "id" });
  await workspace.pool.query(
    on
      ? `insert into ${workspace.schema}._watch (record, "user", entity, at) values ($1, $2, $3, $4) on conflict do nothing`
      : `delete from ${workspace.schema}._watch where record = $1 and "user" = $2`,
    [id, askerOf(scene), ...(on ? [entity.anchor, now] : [])],
  );
}

/** What is told of a record. */
export interface News {
  readonly entity: string;
  readonly record: string;
  readonly title: string;
  readonly body: string;
  /** Who has done it, and who is told otherwise. */
  readonly except: readonly unknown[];
}

/** Tells those who watch a record and see it still. */
export async function tellWatchers(tx: Connection, scene: Scene, news: News): Promise<void> {
  const { schema } = scene.workspace;
  const { rows } = await tx.query(`select "user" from ${schema}._watch where record = $1`, [news.record]);
  const wanting = (rows as { user: string }[]).map(({ user }) => user).filter((it) => !news.except.includes(it));
  if (wanting.length === 0) return;
  const seeing = await whoSees(tx, scene, entityOf(scene, news.entity), news.record);
  const told = wanting.filter((it) => seeing.has(it));
  if (told.length === 0) return;
  await tx.query(
    `insert into ${schema}._notification (id, for_user, at, title, body, entity, record, operation)
     select n.id, n.for_user, $3::timestamptz, $4::text, $5::text, $6::text, $7::uuid, $8::uuid
     from unnest($1::uuid[], $2::uuid[]) as n (id, for_user)`,
    [
      told.map(() => newId(scene.now)),
      told,
      scene.now,
      news.title.slice(0, 200),
      news.body.slice(0, 300),
      news.entity,
      news.record,
      scene.operation,
    ],
  );
}

/** What a record is called. */
export const calledBy = (scene: Scene, entity: string, record: Values): string =>
  String(record[entityOf(scene, entity).nameField?.name ?? ""] ?? "");
