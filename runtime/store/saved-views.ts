import {
  fault,
  followRenames,
  problem,
  refuse,
  savedOf,
  savedViewFaults,
  viewOf,
  type Access,
  type Fault,
  type Mappings,
  type Model,
  type Principal,
  type SavedView,
} from "engine";
import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { isId } from "./records.ts";

/** Who looks at records, and by which model. */
interface Viewer {
  readonly workspace: Workspace;
  readonly model: Model;
  readonly access: Access;
  readonly principal: Principal;
  readonly now: Date;
}

/** A saved view as it is answered. */
export type AnsweredView = SavedView & {
  readonly id: string;
  readonly version: number;
  readonly owner: string;
  readonly owner_name: string | null;
  readonly shared: boolean;
  /** What of it no longer is: fields that have gone, or that she may not read any more. */
  readonly problems: readonly Pick<Fault, "code" | "path" | "detail">[];
};

interface Row {
  readonly id: string;
  readonly owner: string;
  readonly owner_name: string | null;
  readonly entity: string;
  readonly shared: boolean;
  readonly body: SavedView;
  readonly version: number;
}

const ownMost = 200;

/**
 * The saved views of a person, and those that others share. A shared view that names what she may not read is not there
 * for her.
 */
export async function listViews(viewer: Viewer, entity: string | undefined): Promise<readonly AnsweredView[]> {
  const { workspace, model, principal } = viewer;
  const anchor = entity === undefined ? null : (model.entities.get(entity)?.anchor ?? "");
  const rows = await read(workspace, `(v.owner = $1 or v.shared) and ($2::text is null or v.entity = $2)`, [
    principal.id,
    anchor,
  ]);
  return rows.flatMap((row) => {
    const view = answered(viewer, row);
    const shown = row.owner === principal.id ? viewer.access.entity(row.body.entity) : view.problems.length === 0;
    return shown ? [view] : [];
  });
}

/** Keeps a view. Throws all that is wrong with it. */
export async function saveView(viewer: Viewer, given: Readonly<Record<string, unknown>>): Promise<AnsweredView> {
  const { workspace, principal, now } = viewer;
  const { shared, body, anchor } = readGiven(viewer, given, { shared: false });
  const id = newId(now);
  const { rows } = await workspace.pool.query(
    `insert into ${workspace.schema}._view (id, owner, entity, shared, body, version, created_at, updated_at)
     select $1, $2, $3, $4, $5, 1, $6, $6
     where (select count(*) from ${workspace.schema}._view where owner = $2::uuid) < ${ownMost} returning id`,
    [id, principal.id, anchor, shared, JSON.stringify(body), now],
  );
  if (!rows[0]) throw problem("view.too_many", { most: ownMost });
  return findView(viewer, id);
}

/** Changes what is named of a view of one's own. */
export async function changeView(
  viewer: Viewer,
  id: string,
  version: number,
  given: Readonly<Record<string, unknown>>,
): Promise<AnsweredView> {
  const { workspace, now } = viewer;
  const row = await ownView(viewer, id);
  if (row.version !== version) throw problem("record.stale", { version: row.version });
  const { shared, body } = readGiven(viewer, { ...row.body, ...emptied(given), entity: row.body.entity }, row);
  const { rows } = await workspace.pool.query(
    `update ${workspace.schema}._view set shared = $3, body = $4, version = version + 1, updated_at = $5
     where id = $1 and version = $2 returning id`,
    [id, version, shared, JSON.stringify(body), now],
  );
  if (!rows[0]) throw problem("record.stale", { version: version + 1 });
  return findView(viewer, id);
}

/** Forgets a view of one's own; admins may forget what others share. */
export async function forgetView(viewer: Viewer, id: string): Promise<void> {
  await ownView(viewer, id, viewer.principal.roles.includes("admin"));
  await viewer.workspace.pool.query(`delete from ${viewer.workspace.schema}._view where id = $1`, [id]);
}

/** Lets all saved views follow what a publish has renamed. */
export async function followViews(
  tx: Queryable,
  { schema, now, next, mappings }: { schema: string; now: Model; next: Model; mappings: Mappings },
): Promise<void> {
  const { rows } = await tx.query(`select id, body from ${schema}._view`);
  const views = (rows as { id: string; body: SavedView }[]).map(({ id, body }) => ({ id, view: viewOf(body) }));
  const followed = followRenames(
    now,
    next,
    views.map(({ view }) => view),
    mappings,
  );
  const changed = views.flatMap(({ id, view }, at) => {
    const after = followed[at] ?? view;
    return after === view ? [] : [{ id, body: savedOf(after) }];
  });
  if (changed.length === 0) return;
  await tx.query(
    `update ${schema}._view v set body = f.body from unnest($1::uuid[], $2::json[]) as f (id, body) where v.id = f.id`,
    [changed.map(({ id }) => id), changed.map(({ body }) => JSON.stringify(body))],
  );
}

async function findView(viewer: Viewer, id: string): Promise<AnsweredView> {
  const [row] = await read(viewer.workspace, "v.id = $1", [id]);
  if (!row) throw problem("view.missing", {});
  return answered(viewer, row);
}

/** A view that its reader may change: whether it is there at all is told to those alone who see it. */
async function ownView(viewer: Viewer, id: string, others = false): Promise<Row> {
  const [row] = isId(id) ? await read(viewer.workspace, "v.id = $1", [id]) : [];
  const own = row?.owner === viewer.principal.id;
  if (!row || (!own && !(row.shared && answered(viewer, row).problems.length === 0))) throw problem("view.missing", {});
  if (!own && !others) throw problem("view.not_yours", {});
  return row;
}

async function read({ pool, schema }: Workspace, where: string, values: readonly unknown[]): Promise<readonly Row[]> {
  const { rows } = await pool.query(
    `select v.id, v.owner, u.name as owner_name, v.entity, v.shared, v.body, v.version
     from ${schema}._view v left join ${schema}."user" u on u.id = v.owner where ${where} order by v.created_at, v.id`,
    [...values],
  );
  return rows as Row[];
}

function answered({ model, access }: Viewer, { id, owner, owner_name, shared, body, version }: Row): AnsweredView {
  const faults = savedViewFaults(model, access, body);
  const problems = faults.map(({ code, path, detail }) => ({ code, path, detail }));
  return { id, version, owner, owner_name, shared, ...body, problems };
}

function readGiven({ model, access }: Viewer, given: Readonly<Record<string, unknown>>, before: { shared: boolean }) {
  const { shared = before.shared, ...body } = given;
  const faults = [
    ...savedViewFaults(model, access, body),
    ...(typeof shared === "boolean"
      ? []
      : [fault("document.malformed", { wanted: "is true or false", path: "/shared" })]),
  ];
  refuse(faults);
  const view = body as unknown as SavedView;
  return { shared: shared === true, body: view, anchor: model.entities.get(view.entity)?.anchor ?? "" };
}

/** Null takes a part out of a view. */
const emptied = (given: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value === null ? undefined : value]));
