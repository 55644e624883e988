import { problem, sharableWith, type Entity } from "engine";
import { bind, coveredStatement } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import type { Scene } from "./operation.ts";
import { slotsOf } from "./read.ts";

/** Refuses to share a record with somebody where her roles forbid it; with a team, where those of one of its people do. */
export async function refuseForbidden(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  { id, grantee }: { readonly id: string; readonly grantee: string },
): Promise<void> {
  const { model, workspace } = scene;
  const { schema } = workspace;
  const { rows: people } = await tx.query(
    `select distinct coalesce(u.roles, '{}') as roles from ${schema}."user" u where u.active and u.deleted_at is null
       and (u.id = $1 or u.id in (select m."user" from ${schema}.user_team m where m.team = $1 and m.deleted_at is null))`,
    [grantee],
  );
  const limits = (people as { roles: readonly string[] }[]).map(({ roles }) => sharableWith(model, entity, roles));
  const asked = limits.filter(({ kind }) => kind !== "all");
  if (asked.length === 0) return;
  const rules = Object.fromEntries(asked.map((rule, at) => [`r${at}`, rule]));
  const { sql, parameters } = coveredStatement({ model, schema, access: undefined }, entity, rules);
  const { rows } = await tx.query(sql, [...bind(parameters, slotsOf(scene), { record: id })]);
  const { covered } = rows[0] as { covered: Readonly<Record<string, boolean>> };
  if (!Object.values(covered).every(Boolean)) throw problem("sharing.forbidden", { entity: entity.title });
}
