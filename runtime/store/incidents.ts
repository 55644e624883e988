import { documentOf, accessFor, leafIn, problem, statesOf, type Access, type Model } from "engine";
import { incidentsStatement, type IncidentQuery } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import type { Part } from "./commit.ts";
import type { Scene } from "./operation.ts";
import { circuitsOf, type CircuitState } from "./outbox.ts";
import { readerOf, reading, rowsOf, type ReadScene } from "./read.ts";
import { isId } from "./records.ts";
import { entityOf, lockRecords } from "./rows.ts";

/** What has stopped: an effect outside, something that a run was to be told, or a wait that is over. */
export type IncidentKind = "effect" | "told" | "timer";
export type IncidentStatus = "open" | "retried" | "skipped" | "moved";
export const incidentStatuses: readonly IncidentStatus[] = ["open", "retried", "skipped", "moved"];

/** A new incident. `source` is the id of an effect, of a row of the inbox, or the name of a timer. */
export interface NewIncident {
  readonly kind: IncidentKind;
  readonly source: string;
  readonly run: string;
  readonly title: string;
  readonly error: string;
}

/** Notes that a run goes on only by a person's word; once, however often it is found. */
export function incidentPart(schema: string, { kind, source, run, title, error }: NewIncident, now: Date): Part {
  return {
    sql: `insert into ${schema}._incident (id, kind, source, run, record, state, title, error, at, status)
      select $1::uuid, $2::text, $3::text, r.id, r.record, r.state, $5::text, $6::text, $7::timestamptz, 'open'
      from ${schema}._run r where r.id = $4::uuid
      on conflict (run, kind, source) where status = 'open' do nothing`,
    parameters: [newId(now), kind, source, run, title.slice(0, 200), error.slice(0, 1000), now],
  };
}

/** An incident as its row has it, with the workflow and the entity of its run. */
export interface Incident extends NewIncident {
  readonly id: string;
  readonly workflow: string;
  readonly entity: string;
  readonly record: string;
  readonly state: string;
  readonly at: string;
  readonly status: IncidentStatus;
}

/** Which incidents are asked for. */
export interface IncidentsAsked extends Omit<IncidentQuery, "limit"> {
  readonly entity: string | undefined;
}

const pageRows = 50;

/** A page of incidents, the newest first, of records that the caller sees and may put anywhere (`bypass`). */
export async function listIncidents(given: ReadScene, { entity, ...query }: IncidentsAsked) {
  const rights = (model: Model) => accessFor(model, given.principal);
  const newest = given.workspace.model;
  return reading({ ...given, model: newest, access: rights(newest) }, rights, async (scene) => {
    const { model, access, workspace, now } = scene;
    const names = new Set([...model.workflows.values()].map(({ meta }) => meta.entity));
    const entities = [...names].flatMap((name) =>
      mayMendSome(access, name) && (entity === undefined || entity === name) ? (model.entities.get(name) ?? []) : [],
    );
    if (entities.length === 0) return { items: [], next: null };
    const statement = incidentsStatement(readerOf(scene), entities, { ...query, limit: pageRows + 1 });
    const rows = await rowsOf<Shown>(scene, statement);
    const page = rows.slice(0, pageRows);
    const wired = page.some(({ wire }) => wire !== null);
    const circuits = wired ? await circuitsOf(workspace, now) : undefined;
    const items = page.map((it) => shown(model, it, circuits?.get(it.wire ?? "")?.state));
    return { items, next: rows.length > pageRows ? (page.at(-1)?.id ?? null) : null };
  });
}

function mayMendSome(access: Access, name: string): boolean {
  const rights = access.entity(name);
  return rights !== undefined && rights.rule("bypass").kind !== "none";
}

interface Shown extends Incident {
  /** The version of the model by which its run goes. */
  readonly version: number;
  readonly record_name: string | null;
  readonly closed_at: string | null;
  readonly closed_by: { readonly id: string; readonly name: string } | null;
  readonly value: unknown;
  readonly action: string | null;
  readonly wire: string | null;
  readonly attempts: number | null;
  readonly answer: number | null;
  readonly repeats: string | null;
  readonly uncertain: boolean | null;
}

function shown(model: Model, it: Shown, circuit: CircuitState | undefined) {
  const workflow = documentOf(model, it.workflow, it.version);
  const titleOf = (key: string) =>
    (workflow && statesOf(workflow).find((leaf) => leaf.key === key)?.state.meta.title) ?? key;
  const stands = workflow && it.value ? leafIn(workflow, it.value) : it.state;
  const { id, kind, title, error, at, status, action, attempts, answer, repeats, uncertain } = it;
  return {
    id,
    kind,
    title,
    error,
    at,
    status,
    workflow: { id: it.workflow, title: workflow?.meta.title ?? it.workflow },
    record: { entity: it.entity, id: it.record, name: it.record_name },
    state: { key: it.state, title: titleOf(it.state) },
    stands: { key: stands, title: titleOf(stands) },
    effect: action === null ? null : { action, attempts, answer, repeats, uncertain, circuit: circuit ?? "closed" },
    closed: it.closed_at === null ? null : { at: it.closed_at, by: it.closed_by },
  };
}

/** An open incident that the caller may close: she sees its record and may put its run anywhere. Both rows are locked. */
export async function lockIncident(tx: Connection, scene: Scene, id: string): Promise<Incident> {
  const { schema } = scene.workspace;
  const read = `select i.id, i.kind, i.source, i.run, r.workflow, r.entity, i.record, i.state, i.title, i.error, i.at, i.status
    from ${schema}._incident i join ${schema}._run r on r.id = i.run where i.id = $1`;
  if (!isId(id)) throw problem("incident.missing", {});
  const found = await tx.query(read, [id]);
  const [it] = found.rows as Incident[];
  if (!it || !(await mayMend(tx, scene, it))) throw problem("incident.missing", {});
  const { rows } = await tx.query(`${read} for update of i`, [id]);
  const incident = rows[0] as Incident;
  if (incident.status !== "open") throw problem("incident.closed", {});
  return incident;
}

/** Whether the caller sees a record and may put its run anywhere; it is locked. */
async function mayMend(tx: Connection, scene: Scene, { entity, record }: Incident): Promise<boolean> {
  const access = scene.access?.entity(entity);
  if ((scene.access && !access) || !scene.model.entities.has(entity)) return false;
  const rows = await lockRecords(tx, scene, entityOf(scene, entity), {
    ids: [record],
    trash: "with",
    seen: access?.rule("read"),
    asked: { mend: access?.rule("bypass") },
  });
  const row = rows.get(record);
  return row !== undefined && row._asked_mend !== false;
}

/** Notes how an incident was closed, and by whom. */
export function closePart(
  { workspace, now, principal }: Scene,
  id: string,
  status: IncidentStatus,
  note: unknown,
): Part {
  return {
    sql: `update ${workspace.schema}._incident set status = $2::text, closed_at = $3::timestamptz, closed_by = $4::uuid, note = $5::jsonb
      where id = $1::uuid`,
    parameters: [id, status, now, principal.actor?.id ?? principal.id, JSON.stringify(note ?? null)],
  };
}

/** How many incidents of a workspace are open. */
export async function countIncidents({ pool, schema }: Workspace): Promise<number> {
  const { rows } = await pool.query(`select count(*)::int as n from ${schema}._incident where status = 'open'`);
  return rows[0].n as number;
}
