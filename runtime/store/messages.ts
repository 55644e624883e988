import {
  accessOf,
  entityAccess,
  listensTo,
  planShape,
  readFilter,
  type Entity,
  type Model,
  type Principal,
} from "engine";
import { bind, recordsStatement } from "engine/sql";
import type { ConnectionDocument } from "schemas";
import type { Workspace } from "../workspace.ts";
import { toldOf } from "./deliveries.ts";
import type { Errand } from "./outbox.ts";
import { reading, slotsOf, type ReadScene } from "./read.ts";

/** What a delivery says, or why it says nothing. */
export type Written =
  | { readonly told: "record" | "gone"; readonly body: string }
  | { readonly told?: undefined; readonly status: "skipped" | "failed"; readonly why: string };

/** A connection, the person in whose name it is told, and what of it is due. */
export interface Writing {
  readonly workspace: Workspace;
  readonly document: ConnectionDocument;
  readonly owner: Principal;
  readonly deliveries: readonly Errand[];
  readonly now: Date;
}

/**
 * The messages of deliveries, by the rights that the owner has now: records as she may read them, fields that she may
 * not know left out, and of records that she does not see nothing. That one is no longer seen is said to whom it was
 * shown, once.
 */
export async function writeMessages(writing: Writing): Promise<ReadonlyMap<string, Written>> {
  const { workspace, document, owner, deliveries, now } = writing;
  const rightsBy = (model: Model) => accessOf(model, owner.roles);
  const { model } = workspace;
  const shown = await toldOf(workspace, document.$anchor, [...new Set(deliveries.map(({ record }) => record))]);
  return reading({ workspace, model, access: rightsBy(model), principal: owner, now }, rightsBy, async (scene) => {
    const byAnchor = new Map([...scene.model.entities.values()].map((entity) => [entity.anchor, entity]));
    const written = new Map<string, Written>();
    for (const [anchor, them] of Map.groupBy(deliveries, ({ entity }) => entity)) {
      const entity = byAnchor.get(anchor);
      const wanted = them.filter(({ type }) => entity && listensTo(document, entity.name, type));
      for (const { id } of them) written.set(id, { status: "skipped", why: "off" });
      if (entity && wanted.length > 0)
        for (const [id, one] of await ofEntity(scene, document, entity, wanted, shown)) written.set(id, one);
    }
    return written;
  });
}

async function ofEntity(
  scene: ReadScene,
  { entities }: ConnectionDocument,
  entity: Entity,
  deliveries: readonly Errand[],
  shown: ReadonlySet<string>,
): Promise<readonly (readonly [string, Written])[]> {
  const { model, access, workspace } = scene;
  const condition = entities[entity.name]?.filter?.cel;
  const gone = (it: Errand) => [it.id, shown.has(it.record) ? goneText(entity, it) : unseen] as const;
  if (!access.entity(entity.name)) return deliveries.map(gone);
  const rights = entityAccess(model, access, entity.name);
  const asked = condition === undefined ? undefined : readFilter(model, rights, access, condition, "/filter");
  const [refused] = asked?.faults ?? [];
  if (refused) return deliveries.map(({ id }) => [id, { status: "failed", why: refused.detail }] as const);
  const { shape } = planShape(model, access, entity.name, {});
  const ids = [...new Set(deliveries.map(({ record }) => record))];
  const reader = { model, schema: workspace.schema, access };
  const { sql, parameters } = recordsStatement(reader, entity, shape, asked?.filter);
  const { rows } = await workspace.pool.query(sql, [...bind(parameters, slotsOf(scene), { ids0: ids })]);
  const records = new Map((rows as { id: string; record: string }[]).map((row) => [row.id, row.record]));
  const readable = (name: string) => {
    const field = entity.fields.get(name);
    return field === undefined ? undefined : rights.readable(field).kind !== "none";
  };
  return deliveries.map((it) => {
    const record = records.get(it.record);
    return record === undefined ? gone(it) : ([it.id, recordText(entity, it, record, readable)] as const);
  });
}

const unseen: Written = { status: "skipped", why: "unseen" };

/** A change of fields that the reader may not know is none; a field that was renamed since has no name any more. */
function recordText(
  entity: Entity,
  delivery: Errand,
  record: string,
  readable: (name: string) => boolean | undefined,
): Written {
  const { type, fields } = delivery;
  if (type === "record.updated" && fields.length > 0 && fields.every((name) => readable(name) === false))
    return { status: "skipped", why: "hidden" };
  const values = JSON.parse(record) as { readonly _masked?: readonly string[] };
  const masked = new Set(values._masked);
  const changed = fields.filter((name) => readable(name) === true && !masked.has(name));
  return { told: "record", body: textOf(type, entity, delivery, { fields: changed, record: values }) };
}

function goneText(entity: Entity, delivery: Errand): Written {
  return { told: "gone", body: textOf("record.gone", entity, delivery, {}) };
}

function textOf(type: string, entity: Entity, { record: id, version, operation, at }: Errand, more: object): string {
  return JSON.stringify({ type, timestamp: at, data: { entity: entity.name, id, version, operation, ...more } });
}
