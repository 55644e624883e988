import { leafIn, problem, statesOf, type Model } from "engine";
import type { Workspace } from "../workspace.ts";
import type { Part } from "./commit.ts";
import { newId } from "../id.ts";
import { operate, type Scene } from "./operation.ts";
import type { Connection } from "../database/pool.ts";
import { circuitsOf, type CircuitState } from "./outbox.ts";
import { readBack } from "./read-back.ts";
import type { ReadScene } from "./read.ts";
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
    sql: `insert into ${schema}._incident (id, kind, source, run, workflow, entity, record, state, title, error, at, status)
      select $1::uuid, $2::text, $3::text, r.id, r.workflow, r.entity, r.record, r.state, $5::text, $6::text, $7::timestamptz, 'open'
      from ${schema}._run r where r.id = $4::uuid
      on conflict (run, kind, source) where status = 'open' do nothing`,
    parameters: [newId(now), kind, source, run, title.slice(0, 200), error.slice(0, 1000), now],
  };
}

/** An incident as its row has it. */
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
export interface IncidentsAsked {
  readonly status: IncidentStatus | undefined;
  readonly workflow?: string | undefined;
  readonly entity?: string | undefined;
  readonly record?: string | undefined;
  readonly state?: string | undefined;
  readonly before?: string | undefined;
}

const pageRows = 50;

/** A page of incidents, the newest first, of records that the caller sees and may put anywhere (`bypass`). */
export async function listIncidents(scene: ReadScene, asked: IncidentsAsked) {
  const { workspace } = scene;
  const { pool, schema } = workspace;
  const { status, workflow, entity, record, state, before } = asked;
  const { rows } = await pool.query(
    `select i.id, i.kind, i.source, i.run, i.title, i.error, i.workflow, i.entity, i.record, i.state, i.at, i.status,
       i.closed_at, json_build_object('id', u.id, 'name', u.name) as closed_by, r.value,
       e.kind as action, e.wire, e.attempts, e.answer, e.repeats, e.uncertain
     from ${schema}._incident i left join ${schema}."user" u on u.id = i.closed_by left join ${schema}._run r on r.id = i.run
       left join ${schema}._effect e on i.kind = 'effect' and e.id::text = i.source
     where ($1::text is null or i.status = $1) and ($2::text is null or i.workflow = $2) and ($3::text is null or i.entity = $3)
       and ($4::uuid is null or i.record = $4) and ($5::text is null or i.state = $5)
       and ($6::uuid is null or (i.at, i.id) < (select b.at, b.id from ${schema}._incident b where b.id = $6))
     order by i.at desc, i.id desc limit ${pageRows + 1}`,
    [status ?? null, workflow ?? null, entity ?? null, record ?? null, state ?? null, before ?? null],
  );
  const page = (rows as Shown[]).slice(0, pageRows);
  const [names, circuits] = [await namesOf(scene, page), await circuitsOf(workspace, scene.now)];
  const items = page.flatMap((it) => {
    const name = names.get(it.record);
    return name === undefined ? [] : [shown(workspace.model, it, name, circuits.get(it.wire ?? "")?.state)];
  });
  return { items, next: rows.length > pageRows ? (page.at(-1)?.id ?? null) : null };
}

interface Shown extends Incident {
  readonly closed_at: string | null;
  readonly closed_by: { readonly id: string | null; readonly name: string | null };
  readonly value: unknown;
  readonly action: string | null;
  readonly wire: string | null;
  readonly attempts: number | null;
  readonly answer: number | null;
  readonly repeats: string | null;
  readonly uncertain: boolean | null;
}

function shown(model: Model, it: Shown, name: string | null, circuit: CircuitState | undefined) {
  const workflow = model.workflows.get(it.workflow);
  const titleOf = (key: string) =>
    (workflow && statesOf(workflow).find((leaf) => leaf.key === key)?.state.meta.title) ?? key;
  const stands = workflow && it.value ? leafIn(workflow, it.value) : it.state;
  const { id, kind, title, error, at, status, closed_at } = it;
  return {
    id,
    kind,
    title,
    error,
    at,
    status,
    workflow: { id: it.workflow, title: workflow?.meta.title ?? it.workflow },
    record: { entity: it.entity, id: it.record, name },
    state: { key: it.state, title: titleOf(it.state) },
    stands: { key: stands, title: titleOf(stands) },
    effect:
      kind === "effect" && it.action !== null
        ? {
            action: it.action,
            attempts: it.attempts,
            answer: it.answer,
            repeats: it.repeats,
            uncertain: it.uncertain,
            circuit: circuit ?? "closed",
          }
        : null,
    closed: closed_at === null ? null : { at: closed_at, by: it.closed_by.id === null ? null : it.closed_by },
  };
}

/** The names of the records that the caller may see and put anywhere, by their ids; null where it is hidden. */
async function namesOf(scene: ReadScene, them: readonly Incident[]): Promise<ReadonlyMap<string, string | null>> {
  const { workspace, principal, now } = scene;
  const names = new Map<string, string | null>();
  for (const [name, own] of Map.groupBy(them, ({ entity }) => entity)) {
    const ids = [...new Set(own.map(({ record }) => record))];
    const told = { kind: "look", title: "Look at incidents", now, operation: newId(now) };
    const { result } = await operate(workspace, principal, told, (tx, acting) => mayMend(tx, acting, name, ids, true));
    const nameField = workspace.model.entities.get(name)?.nameField?.name;
    for (const { text } of result.length === 0 ? [] : await readBack(scene, name, result)) {
      const record = JSON.parse(text) as Readonly<Record<string, unknown>>;
      const value = nameField === undefined ? undefined : record[nameField];
      names.set(String(record.id), value === undefined || value === null ? null : String(value));
    }
  }
  return names;
}

/** Of these records, those that the caller sees and whose runs she may put anywhere; locked, unless they are looked at alone. */
export async function mayMend(
  tx: Connection,
  scene: Scene,
  name: string,
  ids: readonly string[],
  loose: boolean,
): Promise<readonly string[]> {
  const access = scene.access?.entity(name);
  if ((scene.access && !access) || !scene.model.entities.has(name)) return [];
  const rows = await lockRecords(tx, scene, entityOf(scene, name), {
    ids,
    trash: "with",
    loose,
    seen: access?.rule("read"),
    asked: { mend: access?.rule("bypass") },
  });
  return [...rows].flatMap(([id, row]) => (row._asked_mend === false ? [] : [id]));
}

/** An open incident that the caller may close; its record and its row are locked. */
export async function lockIncident(tx: Connection, scene: Scene, id: string): Promise<Incident> {
  const { schema } = scene.workspace;
  const found = await tx.query(`select entity, record from ${schema}._incident where id::text = $1`, [id]);
  const [it] = found.rows as Incident[];
  const mine = it ? await mayMend(tx, scene, it.entity, [it.record], false) : [];
  if (mine.length === 0) throw problem("incident.missing", {});
  const { rows } = await tx.query(
    `select id, kind, source, run, workflow, entity, record, state, title, error, at, status from ${schema}._incident
     where id::text = $1 for update`,
    [id],
  );
  const incident = rows[0] as Incident;
  if (incident.status !== "open") throw problem("incident.closed", {});
  return incident;
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
