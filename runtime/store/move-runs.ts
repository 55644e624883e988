import {
  allLeavesOf,
  documentOf,
  fault,
  inSameStates,
  leafIn,
  machineOf,
  newInvocations,
  newWaits,
  refuse,
  relocate,
  sameDocument,
  type Fault,
  type Model,
  type Standing,
  type StateMapping,
} from "engine";
import { identifier } from "engine/sql";
import type { WorkflowDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import { goingBy, workflowBefore, type Keeping, type Movers } from "./kept.ts";
import { forgottenParts, shiftedParts } from "./passages.ts";
import { moveProcesses, moveTasks, publishedTo } from "./move-tasks.ts";
import { moveTimers } from "./move-timers.ts";
import { stateValues, type StoredRun } from "./run.ts";
import { tasksBack } from "./tasks.ts";
import { restoredTimers, runJson } from "./timers.ts";

/** What a publish does to runs: their workflows now and next, and what is said of states that go. */
export interface Moving {
  readonly schema: string;
  readonly now: Model;
  readonly next: Model;
  /** By the anchor of a workflow: from the key of a state to the key of another. */
  readonly mappings?: Readonly<Record<string, StateMapping>>;
  /** The version that is taken back: what it moved goes back to where it stood, unless it has gone on since. */
  readonly undoes?: number | undefined;
  readonly author?: string | null;
  readonly at: Date;
  /** Of those versions of the model alone. */
  readonly versions?: readonly number[] | undefined;
  /** The runs that are moved, by their ids, where it is but tried: then their records do not show it. */
  readonly only?: readonly string[];
}

/** Runs that stand alike. */
export interface Group {
  readonly value: unknown;
  readonly history: Readonly<Record<string, readonly string[]>>;
  readonly n: number;
}

/**
 * Keeps each version of a workflow that runs may stand in, and moves those live runs that are `movers` to what is published, all that stand alike at once: by the identity of their states, and where a state goes, by what the
 * change says. Each run that moves keeps in its journal where it stood. Those that stay where they stand, and wait as
 * before, are not touched: their next step is made by the new version. All others stay with their version.
 */
export async function moveRuns(
  tx: Queryable,
  moving: Moving,
  { moving: movers, returning }: Pick<Keeping, "moving" | "returning">,
): Promise<void> {
  const { schema, now, next } = moving;
  const faults: Fault[] = [];
  for (const entity of next.entities.values()) {
    const old = [...now.entities.values()].find(({ anchor }) => anchor === entity.anchor);
    if (old && old.name !== entity.name)
      await tx.query(`update ${schema}._run set entity = $2 where entity = $1`, [old.name, entity.name]);
  }
  for (const workflow of next.workflows.values()) {
    const old = workflowBefore(now, workflow);
    const { meta } = workflow;
    if (!old || !sameDocument(old, workflow))
      await tx.query(
        `insert into ${schema}._workflow_version (workflow, anchor, version, body) values ($1, $2, $3, $4)`,
        [workflow.id, meta.id, next.version, JSON.stringify(workflow)],
      );
    if (!old) continue;
    const those = movers.get(meta.id);
    const back = those || returning.has(meta.id) ? await takeBack(tx, moving, old.id) : [];
    const moved = those ? await moveAll(tx, moving, { old, workflow, those }) : { faults: [], shows: false };
    faults.push(...moved.faults);
    if (moved.faults.length > 0) continue;
    await putBack(tx, moving, workflow, back);
    if (old.id !== workflow.id)
      await tx.query(`update ${schema}._run set workflow = $2 where workflow = $1`, [old.id, workflow.id]);
    if (moved.shows) await showStates(tx, moving, workflow);
  }
  refuse(faults);
}

/** Of which runs of a workflow something is asked. */
interface RunsAsked {
  readonly schema: string;
  /** Not of those that this version has moved. */
  readonly moved?: number;
  /** Of those of these versions of the model alone. */
  readonly versions?: readonly number[] | undefined;
  readonly only?: readonly string[] | null | undefined;
}

/** The runs of a workflow, those that stand alike together. */
export async function groupsOf(
  db: Queryable,
  { schema, moved = 0, versions, only = null }: RunsAsked,
  workflow: string,
): Promise<readonly Group[]> {
  const { rows } = await db.query(
    `select value, history, count(*)::int as n from ${schema}._run where workflow = $1 and version <> $2
       and status = 'active' and ($3::uuid[] is null or id = any($3)) and ($4::integer[] is null or version = any($4))
     group by value, history`,
    [workflow, moved, only, versions ?? null],
  );
  return rows as Group[];
}

/** What came of moving the runs of a workflow: what stands in the way, and whether their records are to show it. */
interface MovedAll {
  readonly faults: readonly Fault[];
  readonly shows: boolean;
}

/** A workflow before and after, and which of its runs go on by the latter. */
interface Following {
  readonly old: WorkflowDocument;
  readonly workflow: WorkflowDocument;
  readonly those: Movers;
}

/** Moves the runs of one workflow. Where something stands in the way, none of them is in the new version. */
export async function moveAll(
  tx: Queryable,
  moving: Moving,
  { old, workflow, those: movers }: Following,
): Promise<MovedAll> {
  const { now, next } = moving;
  const faults: Fault[] = [];
  let moved = false;
  const operation = newId(moving.at);
  const going = await goingBy(tx, { schema: moving.schema, model: now }, old);
  for (const { document, versions } of movers === "all" ? going : going.slice(0, 1)) {
    const those: Moving = { ...moving, versions };
    for (const group of await groupsOf(tx, { ...those, moved: next.version }, old.id)) {
      const { to, missing } = relocate(document, workflow, group, moving.mappings?.[workflow.meta.id]);
      if (missing) faults.push(standing(moving, workflow, missing.key, group.n));
      else if (
        !sameDocument(to, { value: group.value, history: group.history }) ||
        !inSameStates(document, workflow, group.value, to.value) ||
        waitsDiffer(document, workflow, group, to)
      ) {
        await moveGroup(tx, those, { old: document, workflow, group, to, operation });
        moved = true;
      }
    }
  }
  return {
    faults,
    shows: moved || moving.undoes !== undefined || !sameDocument(shownBy(now, old), shownBy(next, workflow)),
  };
}

/** The fields that show where the runs of a workflow stand, and which region each. */
const shownBy = ({ entities }: Model, { id, meta }: WorkflowDocument) =>
  (entities.get(meta.entity)?.stateFields ?? []).flatMap(({ address, property: { workflow, region = null } }) =>
    workflow === id ? [[address, region]] : [],
  );

/** A state with runs cannot go, unless the change says where they go. */
function standing({ undoes }: Moving, workflow: WorkflowDocument, state: string, n: number): Fault {
  const hint = allLeavesOf(workflow)[0]?.key;
  const place = { path: `/workflow/${workflow.id}/states`, ...(hint === undefined ? {} : { hint }) };
  return undoes === undefined
    ? fault("publish.runs_stand", { workflow: workflow.id, state, n, ...place })
    : fault("undo.needs_mapping", { n, value: state, of: workflow.meta.title, ...place });
}

/** The runs of a group that the version has not moved yet: another group's may stand there by now. */
export const standingIn = ({ next, only, versions }: Pick<Moving, "next" | "only" | "versions">) =>
  `r.workflow = $1 and r.value = $2::jsonb and r.history = $3::jsonb and r.version <> ${next.version}
     and r.status = 'active'${only ? ` and r.id = any('{${only.join()}}'::uuid[])` : ""}${
       versions ? ` and r.version = any('{${versions.join()}}'::integer[])` : ""
     }`;

/** Whether runs wait for other things in the next version than in the present one. */
function waitsDiffer(old: WorkflowDocument, next: WorkflowDocument, at: Group, to: Standing): boolean {
  const differ = (of: typeof newWaits | typeof newInvocations) =>
    of(old, next, at.value, to.value).length + of(next, old, to.value, at.value).length > 0;
  return differ(newWaits) || differ(newInvocations);
}

interface GroupMove {
  readonly old: WorkflowDocument;
  readonly workflow: WorkflowDocument;
  readonly group: Group;
  readonly to: Standing;
  readonly operation: string;
}

async function moveGroup(tx: Queryable, moving: Moving, { old, workflow, group, to, operation }: GroupMove) {
  const { schema, next, at, author = null } = moving;
  const where = standingIn(moving);
  const which = [old.id, JSON.stringify(group.value), JSON.stringify(group.history)];
  const state = leafIn(workflow, to.value);
  const stays = idsOf(old, leafIn(old, group.value)) === idsOf(workflow, state);
  const { rowCount } = await tx.query(
    `insert into ${schema}._journal
       (run, revision, operation, at, by, event, from_state, to_state, transitions, effects, before)
     select r.id, r.revision + 1, $4::uuid, $5::timestamptz, $6::uuid, $7::jsonb, r.state, $8::text, '[]'::jsonb,
       '[]'::jsonb, ${runJson(schema)}
     from ${schema}._run r where ${where}`,
    [...which, operation, at, author, JSON.stringify({ type: "publish", data: { version: next.version } }), state],
  );
  const shifted = { old, workflow, from: group.value, to: to.value, n: rowCount ?? 0, at };
  for (const { sql, parameters } of shiftedParts(schema, shifted)) await tx.query(sql, [...parameters]);
  await moveTimers(tx, { ...moving, old, workflow, group, to });
  await moveTasks(tx, { ...moving, old, workflow, group, to, operation });
  await moveProcesses(tx, { ...moving, old, workflow, group, to, operation });
  await tx.query(
    `update ${schema}._run r set version = ${next.version}, value = $4, history = $5, revision = revision + 1,
       entered_at = case when $8 then entered_at else $7 end, state = $6
     where ${where}`,
    [...which, JSON.stringify(to.value), JSON.stringify(to.history), state, at, stays],
  );
}

/** `meta.id` of leaves, by their keys with commas between. */
const idsOf = (document: WorkflowDocument, leaves: string): string =>
  leaves
    .split(",")
    .map((leaf) => allLeavesOf(document).find(({ key }) => key === leaf)?.state.meta.id)
    .join();

/** A run that is back where it stood, and the version by which it went there. */
interface Back extends Pick<StoredRun, "id" | "revision" | "timers"> {
  readonly version: number;
}

/** Puts the runs that a version has moved, and nobody since, back to where they stood. */
async function takeBack(tx: Queryable, moving: Moving, workflow: string): Promise<readonly Back[]> {
  const { schema, now, next, undoes, at } = moving;
  if (undoes === undefined) return [];
  const moved = `r.workflow = $1 and j.run = r.id and j.revision = r.revision
    and j.event->>'type' = 'publish' and j.event->'data'->>'version' = $2`;
  const { rows } = await tx.query(
    `select r.id, r.revision - 1 as revision, j.before->'timers' as timers, (j.before->>'version')::integer as version
     from ${schema}._run r, ${schema}._journal j where ${moved}`,
    [workflow, String(undoes)],
  );
  if (rows.length === 0) return [];
  const back = rows as Back[];
  const ids = back.map(({ id }) => id);
  const gone = { where: moved, parameters: [workflow, String(undoes)] };
  const forgotten = await forgottenParts(tx, { schema, model: now, now: at }, gone);
  for (const { sql, parameters } of forgotten) await tx.query(sql, [...parameters]);
  await tx.query(
    `update ${schema}._run r set version = ${next.version}, value = j.before->'value', history = j.before->'history',
       state = j.before->>'state', revision = r.revision - 1, entered_at = (j.before->>'entered_at')::timestamptz
     from ${schema}._journal j where ${moved}`,
    [workflow, String(undoes)],
  );
  await tx.query(
    `delete from ${schema}._journal j using ${schema}._run r where r.id = any($1) and j.run = r.id and j.revision > r.revision`,
    [ids],
  );
  await tx.query(`delete from ${schema}._inbox where id = any($1::text[]) and done_at is null`, [
    ids.map((id) => publishedTo(id, undoes)),
  ]);
  for (const { sql, parameters } of tasksBack(schema, back)) await tx.query(sql, [...parameters]);
  const restored = restoredTimers(schema, back, at);
  for (const { sql, parameters } of restored) await tx.query(sql, [...parameters]);
  return back;
}

/** Lets runs that are back go by the version with which they stayed; the others are in the next one. */
async function putBack(tx: Queryable, { schema, next }: Moving, { id }: WorkflowDocument, back: readonly Back[]) {
  const own = back.filter(({ version }) => documentOf(next, id, version) !== next.workflows.get(id));
  await tx.query(
    `update ${schema}._run r set version = b.version from unnest($1::uuid[], $2::integer[]) as b(id, version)
     where r.id = b.id`,
    [own.map((it) => it.id), own.map(({ version }) => version)],
  );
}

/** Writes where runs stand into the fields that show it. */
async function showStates(tx: Queryable, { schema, next }: Moving, { id }: WorkflowDocument): Promise<void> {
  const machine = machineOf(next, id);
  if (!machine) return;
  const table = `${schema}.${identifier(machine.entity.name)}`;
  const values = new Map((await groupsOf(tx, { schema }, id)).map(({ value }) => [JSON.stringify(value), value]));
  for (const [text, value] of values) {
    const shown = Object.entries(stateValues(machine, value));
    if (shown.length === 0) return;
    const columns = shown.map(([name], at) => `${identifier(name)} = $${at + 3}`);
    const differs = shown.map(([name], at) => `t.${identifier(name)} is distinct from $${at + 3}`);
    await tx.query(
      `update ${table} t set ${columns.join(", ")} from ${schema}._run r
       where r.record = t.id and r.workflow = $1 and r.value = $2::jsonb and (${differs.join(" or ")})`,
      [id, text, ...shown.map(([, state]) => state)],
    );
  }
}
