import { accessOf, adminRole, isOpen, planShape, type RowRule } from "engine";
import { bind, seersStatement } from "engine/sql";
import { getRecord, slotsOf, type ReadScene } from "./read.ts";

const most = 50;

/**
 * Who sees a record, and by what: each active user with the first of her roles that shows it. For who sees it herself.
 * Roles are named to those who may read the roles of users. A role whose condition asks what the asker may not read is
 * left out, and `more` says so: that it covers the record would tell what the record holds.
 */
export async function seers(scene: ReadScene, entityName: string, id: string) {
  const { model, access, workspace } = scene;
  const { entity } = planShape(model, access, entityName, { fields: "id" });
  await getRecord(scene, entityName, id, { fields: "id" });
  const roles = [adminRole, ...model.roles.keys()].map((role) => {
    const rule = accessOf(model, [role]).entity(entityName)?.rule("read") ?? ({ kind: "none" } as const);
    return { role, rule, why: [...titleOf(scene, role), inWords(rule)].join(": ") };
  });
  const given = roles.filter(({ rule }) => rule.kind !== "none");
  const shown = given.filter(({ rule }) => isOpen(access, entity, rule));
  const statement = seersStatement({ model, schema: workspace.schema, access: undefined }, entity, id, shown, most + 1);
  const { rows } = await workspace.pool.query(statement.sql, [...bind(statement.parameters, slotsOf(scene))]);
  const items = (rows as { id: string; name: string; why: string }[]).map(({ why, ...user }) => ({ user, why }));
  return { items: items.slice(0, most), more: items.length > most || shown.length < given.length };
}

function titleOf({ model, access }: ReadScene, role: string): readonly string[] {
  const users = access.entity("user");
  const roles = users?.entity.fields.get("roles");
  const told = users && roles && users.readable(roles).kind !== "none";
  return told ? [model.roles.get(role)?.title ?? "Admin"] : [];
}

function inWords(rule: RowRule): string {
  if (rule.kind !== "any") return rule.kind;
  const overlaps = rule.overlaps.map((parts) => parts.map(inWords).join(" and "));
  return [...rule.scopes, ...rule.conditions.map(({ text }) => text), ...overlaps].join(", ");
}
