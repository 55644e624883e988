import { accessOf, isOpen, planShape, problem, rights, type Entity, type EntityAccess, type RowRule } from "engine";
import { bind, coveredStatement } from "engine/sql";
import { machinesOn } from "./noted.ts";
import { getRecord, slotsOf, type ReadScene } from "./read.ts";
import { isId } from "./records.ts";
import { knowsRoles, partsOf, reasonsOf, ruleInWords, type RuleParts } from "./seers.ts";

/** What one of somebody's roles gives, in its own words; a condition that asks what the asker may not read has none. */
interface Given extends Partial<RuleParts> {
  readonly role: string;
  /** The name of its document. */
  readonly name: string;
  readonly on: string | null;
}

/** Whether something is given on this record, and what her roles give at all. */
interface Verdict {
  readonly given: boolean;
  readonly by: readonly Given[];
}

/**
 * What one person may do with a record, and why or why not: its rights, its fields, the events of its workflows. Everybody
 * may ask of herself about what she sees; who may read the roles of users, and sees the record, of everybody: then a
 * record that the other does not see is explained as well. Fields are those that the asker knows.
 */
export async function explain(scene: ReadScene, entityName: string, id: string, of: string) {
  const { model, access, principal } = scene;
  const { entity } = planShape(model, access, entityName, { fields: "id" });
  await getRecord(scene, entityName, id, { fields: "id" });
  const self = of === principal.id;
  if (!self && !knowsRoles(scene)) throw problem("right.missing", { right: "ask what others may do" });
  const user = await personOf(scene, of);
  const asked = subjects(scene, entity, user.roles);
  const covered = await coveredBy(scene, entity, id, user, asked);
  const verdict = (name: string): Verdict => ({
    given: covered[name] === true,
    by: asked.get(name)!.by,
  });
  const fields = [...entity.fields.values()].filter((field) => asked.has(`read ${field.name}`));
  return {
    user: { id: user.id, name: user.name },
    active: user.active,
    sees: user.active && covered.read === true,
    because: user.active ? await reasonsOf(scene, entity, id, of, user.roles) : [],
    rights: Object.fromEntries(rights.map((right) => [right, verdict(right)])),
    fields: Object.fromEntries(
      fields.map(({ name }) => [name, { read: verdict(`read ${name}`), write: verdict(`write ${name}`) }]),
    ),
    events: Object.fromEntries(eventsOf(scene, entity).map((type) => [type, verdict(`send ${type}`)])),
  };
}

interface Person {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly active: boolean;
}

async function personOf({ workspace: { pool, schema } }: ReadScene, id: string): Promise<Person> {
  const { rows } = isId(id)
    ? await pool.query(
        `select id, name, active, coalesce(roles, '{}') as roles from ${schema}."user" where id = $1 and deleted_at is null`,
        [id],
      )
    : { rows: [] };
  const [found] = rows as Person[];
  if (!found) throw problem("record.missing", { entity: "user" });
  return found;
}

interface Subject {
  readonly rule: RowRule;
  readonly by: readonly Given[];
}

const nothing: RowRule = { kind: "none" };

/** Everything that is asked: what all roles together give, and what each of them does. */
function subjects(scene: ReadScene, entity: Entity, roles: readonly string[]): ReadonlyMap<string, Subject> {
  const { model, access } = scene;
  const whole = accessOf(model, roles).entity(entity.name);
  const single = roles.map((role) => ({ role, own: accessOf(model, [role]).entity(entity.name) }));
  const subject = (rule: (of: EntityAccess) => RowRule): Subject => ({
    rule: whole ? rule(whole) : nothing,
    by: single.map(({ role, own }) => {
      const given = own ? rule(own) : nothing;
      const named = { role: model.roles.get(role)?.title ?? "Admin", name: role };
      return isOpen(model, access, entity, given)
        ? { ...named, on: ruleInWords(given), ...partsOf(given) }
        : { ...named, on: null };
    }),
  });
  const reader = access.entity(entity.name);
  const fields = [...entity.fields.values()].filter((field) => reader && reader.readable(field).kind !== "none");
  return new Map([
    ...rights.map((right) => [right, subject((it) => it.rule(right))] as const),
    ...fields.flatMap((field) => [
      [`read ${field.name}`, subject((it) => it.readable(field))] as const,
      [`write ${field.name}`, subject((it) => (field.readOnly ? nothing : it.writable(field, "update")))] as const,
    ]),
    ...eventsOf(scene, entity).map((type) => [`send ${type}`, subject((it) => it.event(type))] as const),
  ]);
}

const eventsOf = ({ model }: ReadScene, entity: Entity): readonly string[] =>
  machinesOn(model, entity).flatMap(({ document }) => Object.keys(document.meta.events));

/** What covers the record as it stands, asked with the other in the place of the reader. */
async function coveredBy(
  scene: ReadScene,
  entity: Entity,
  id: string,
  { id: user, roles }: Person,
  asked: ReadonlyMap<string, Subject>,
): Promise<Readonly<Record<string, boolean>>> {
  const { model, workspace } = scene;
  const numbered = [...asked.keys()];
  const rules = Object.fromEntries(numbered.map((name, at) => [`r${at}`, asked.get(name)!.rule]));
  const reader = { model, schema: workspace.schema, access: accessOf(model, roles) };
  const { sql, parameters } = coveredStatement(reader, entity, rules);
  const { rows } = await workspace.looks.query(sql, [...bind(parameters, slotsOf(scene), { user, record: id })]);
  const { covered } = rows[0] as { covered: Readonly<Record<string, boolean>> };
  const found = (name: string, at: number) => {
    const update = /^(write|send) /.test(name) ? covered[`r${numbered.indexOf("update")}`] : true;
    const read = covered[`r${numbered.indexOf("read")}`];
    return [
      name,
      covered[`r${at}`] === true && read === true && (name.startsWith("send ") || update === true),
    ] as const;
  };
  return Object.fromEntries(numbered.map(found));
}
