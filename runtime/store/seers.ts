import { accessOf, adminRole, planShape, problem, type RowRule } from "engine";
import { bind, seersStatement } from "engine/sql";
import { getRecord, slotsOf, type ReadScene } from "./read.ts";

const most = 50;

/** Who sees a record, and by what: each active user with the first of her roles that shows it. For who sees it herself. */
export async function seers(scene: ReadScene, entityName: string, id: string) {
  const { model, access, workspace } = scene;
  const { entity } = planShape(model, access, entityName, { fields: "id" });
  await getRecord(scene, entityName, id, { fields: "id" });
  if (!access.entity(entityName)) throw problem("entity.unknown", { entity: entityName });
  const roles = [adminRole, ...model.roles.keys()].map((role) => {
    const rule = accessOf(model, [role]).entity(entityName)?.rule("read") ?? ({ kind: "none" } as const);
    return { role, rule, why: `${model.roles.get(role)?.title ?? "Admin"}: ${inWords(rule)}` };
  });
  const shown = roles.filter(({ rule }) => rule.kind !== "none");
  const statement = seersStatement({ model, schema: workspace.schema, access: undefined }, entity, id, shown, most + 1);
  const { rows } = await workspace.pool.query(statement.sql, [...bind(statement.parameters, slotsOf(scene))]);
  const items = (rows as { id: string; name: string; why: string }[]).map(({ why, ...user }) => ({ user, why }));
  return { items: items.slice(0, most), more: items.length > most };
}

function inWords(rule: RowRule): string {
  if (rule.kind !== "any") return rule.kind;
  return [...rule.scopes, ...rule.conditions.map(({ text }) => text)].join(", ");
}
