import type { PortalDocument, PortalRecords, Rights, RoleDocument } from "schemas";
import type { RowRule } from "./access.ts";
import { checkExpression } from "./expression/check.ts";
import { recordScope } from "./expression/scope.ts";
import type { Entity, Field, Model } from "./model.ts";
import { leavesOf } from "./workflow/states.ts";

/** The name of the role that a portal gives its persons. No document has it: names have no spaces. */
export const portalRole = ({ $anchor }: Pick<PortalDocument, "$anchor">): string => `portal ${$anchor}`;

/** System fields that are shown whatever a portal says: what a record is called by its address, and when it was made. */
const always: ReadonlySet<string> = new Set(["id", "version", "created_at"]);

const known = new WeakMap<Model, Map<string, Model>>();

/**
 * The model as a portal's persons are bounded by it: `me` is known to its conditions, and there is one role more, the
 * portal's. Every plan and every write of theirs is made by it, as those of the house are by the roles that it has.
 */
export function portalModel(model: Model, name: string): Model {
  const ofModel = known.get(model) ?? new Map<string, Model>();
  known.set(model, ofModel);
  const portal = model.portals.get(name);
  const found = ofModel.get(portal?.$id ?? "") ?? withRole(model, portal);
  ofModel.set(portal?.$id ?? "", found);
  return found;
}

function withRole(model: Model, portal: PortalDocument | undefined): Model {
  if (!portal) return { ...model, me: "", roles: new Map() };
  const role: RoleDocument = {
    $schema: "urn:trellis:role:1",
    $id: portalRole(portal),
    $anchor: portalRole(portal),
    title: portal.title,
    entities: Object.fromEntries(
      portal.records.flatMap((records) => {
        const entity = model.entities.get(records.entity);
        return entity ? [[entity.name, rightsOf(entity, records)] as const] : [];
      }),
    ),
  };
  return { ...model, me: portal.person.entity, roles: new Map([[role.$id, role]]) };
}

function rightsOf(entity: Entity, { when, fields, state, new: made, events = [] }: PortalRecords): Rights {
  const shown = new Set([...fields.map(({ field }) => field), ...(state === undefined ? [] : [state])]);
  const hidden = [...entity.fields.keys()].filter((name) => !shown.has(name) && !always.has(name));
  return {
    read: when,
    ...(made ? { create: when } : {}),
    fields: Object.fromEntries(hidden.map((name) => [name, { read: "none", write: "none" }])),
    events: Object.fromEntries(events.map(({ event }) => [event, when])),
  };
}

/** What a portal says of the records of an entity. */
export function recordsIn({ records }: PortalDocument, entity: string): PortalRecords | undefined {
  return records.find((it) => it.entity === entity);
}

/** Who of the persons may sign in, as a rule over their records. */
export function personsOf(model: Model, { person }: PortalDocument): RowRule {
  if (person.when === undefined) return { kind: "all" };
  const { expression } = checkExpression(person.when.cel, recordScope(model, person.entity), { kind: "boolean" });
  return expression ? { kind: "any", scopes: [], conditions: [expression], overlaps: [] } : { kind: "none" };
}

/** The public name of a state: its own, or that of the nearest state around it. */
export function publicState(
  model: Model,
  { entity, state: name, states = [] }: Pick<PortalRecords, "entity" | "state" | "states">,
  key: unknown,
): string | undefined {
  const field = name === undefined ? undefined : model.entities.get(entity)?.fields.get(name);
  const leaf = field && leavesIn(model, field).find((it) => it.key === key);
  const around = leaf ? [...leaf.within, leaf.key].reverse() : [];
  return around.flatMap((at) => states.find(({ state }) => state === at)?.title ?? [])[0];
}

/** The states in which a field of states may stand. */
export function leavesIn(model: Model, { property }: Field) {
  const workflow = model.workflows.get(String(property.workflow));
  return workflow ? leavesOf(workflow, property.region as string | undefined) : [];
}
