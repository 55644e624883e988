import { endingOf, machineOf, passageOf, stoodIn, type Machine, type Model, type Passage, type Stood } from "engine";
import type { WorkflowDocument } from "schemas";
import { transaction } from "../database/begin.ts";
import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import type { Part } from "./commit.ts";
import { inserted, type Filling } from "./insertion.ts";
import { holdModel } from "./model-lock.ts";
import type { Scene } from "./operation.ts";
import type { Moved } from "./run.ts";

/** Where workflows are counted, and which there are. */
type Counting = Pick<Workspace, "schema" | "model">;

/** How often a state was entered and left, or a transition taken, by `meta.id`. */
export interface Tally {
  readonly entered: number;
  readonly exited: number;
  /** The moments of leaving less those of entering, in milliseconds since 1970. */
  readonly moments: bigint;
}

/** Tallies of workflows: `meta.id` of a workflow and of what is counted in it, with a blank between. */
type Tallies = ReadonlyMap<string, Tally>;

const none: Tally = { entered: 0, exited: 0, moments: 0n };

/** Before the names of what is counted of mails; the ledger tells of them, not the journal. */
export const mailsCounted = "mail.";

class Sums {
  readonly rows = new Map<string, Tally>();

  /** Adds a step that so many runs have made, at moments with this sum. */
  add(
    workflow: string,
    { entered, left }: Passage,
    taken: readonly string[],
    by: { n: number; moments: bigint },
  ): void {
    for (const id of entered) this.#add(`${workflow} ${id}`, by.n, 0, -by.moments);
    for (const id of left) this.#add(`${workflow} ${id}`, 0, by.n, by.moments);
    for (const id of taken) this.#add(`${workflow} ${id}`, by.n, 0, 0n);
  }

  #add(key: string, entered: number, exited: number, moments: bigint): void {
    const sofar = this.rows.get(key) ?? none;
    this.rows.set(key, plus(sofar, { entered, exited, moments }));
  }
}

const plus = (one: Tally, other: Tally): Tally => ({
  entered: one.entered + other.entered,
  exited: one.exited + other.exited,
  moments: one.moments + other.moments,
});
const less = (one: Tally, { entered, exited, moments }: Tally) =>
  plus(one, { entered: -entered, exited: -exited, moments: -moments });
const isNone = ({ entered, exited, moments }: Tally) => entered === 0 && exited === 0 && moments === 0n;

/** How rows are added to the counters. */
export const passageRows: Filling = {
  table: "_passage",
  each: { id: "uuid", workflow: "text", counted: "text", entered: "bigint", exited: "bigint", moments: "numeric" },
  all: {},
};

function added(schema: string, tallies: Tallies, now: Date): readonly Part[] {
  const cells = [...tallies].flatMap(([key, tally]) =>
    isNone(tally) ? [] : [[newId(now), ...key.split(" "), tally.entered, tally.exited, String(tally.moments)]],
  );
  return inserted(schema, passageRows, cells);
}

/** What moves add to the counters: one statement however many they are, and no row that others add to. */
export function passageParts(scene: Scene, machine: Machine, moves: readonly Moved[]): readonly Part[] {
  const sums = new Sums();
  const by = { n: 1, moments: BigInt(scene.now.getTime()) };
  for (const { born, before, step, event } of moves) {
    const workflow = born?.workflow ?? before?.workflow ?? machine.id;
    const own = machineOf(scene.model, workflow, before?.version);
    if (!own) continue;
    const { document } = own;
    const passage = passageOf(document, stoodIn(document, before), stoodIn(document, step.snapshot), step.taken);
    const whole = endingOf(before?.status, step.snapshot.status, event);
    sums.add(document.meta.id, passage, [...step.taken, ...whole], by);
  }
  return added(scene.workspace.schema, sums.rows, scene.now);
}

/** Runs that stand alike and that a publish puts elsewhere. */
export interface Shifted {
  readonly old: WorkflowDocument;
  readonly workflow: WorkflowDocument;
  readonly from: unknown;
  readonly to: unknown;
  readonly n: number;
  readonly at: Date;
}

/** What a publish adds to the counters that moves so many runs from one state to another. */
export function shiftedParts(schema: string, { old, workflow, from, to, n, at }: Shifted): readonly Part[] {
  const sums = new Sums();
  const was = stoodIn(old, { value: from, status: "active" });
  const passage = passageOf(workflow, was, stoodIn(workflow, { value: to, status: "active" }), []);
  sums.add(workflow.meta.id, passage, [], { n, moments: BigInt(n) * BigInt(at.getTime()) });
  return added(schema, sums.rows, at);
}

/** Steps of the journal that go: a condition over `_journal j` and `_run r`, with its parameters. */
export interface Gone {
  readonly where: string;
  readonly parameters: readonly unknown[];
}

/** What takes steps out of the counters whose rows are about to be deleted from the journal. */
export async function forgottenParts(
  tx: Queryable,
  { schema, model, now }: { readonly schema: string; readonly model: Model; readonly now: Date },
  gone: Gone,
): Promise<readonly Part[]> {
  const counted = await recount(tx, schema, model, gone);
  return added(schema, new Map([...counted].map(([key, tally]) => [key, less(none, tally)])), now);
}

/** Steps that are alike, as the journal has them. */
interface Alike {
  readonly workflow: string;
  readonly was: unknown;
  readonly was_status: string | null;
  readonly was_version: number | null;
  readonly is: unknown;
  readonly is_status: string;
  readonly is_version: number;
  readonly transitions: readonly string[];
  readonly ended: string | null;
  readonly ended_by: string | null;
  readonly n: number;
  readonly moments: string;
}

/** Counts anew what the journal tells: one statement, whose answer has as many rows as there are kinds of steps. */
async function recount(db: Queryable, schema: string, model: Model, { where, parameters }: Gone): Promise<Tallies> {
  const { rows: steps } = await db.query(
    `select r.workflow, j.before->'value' as was, j.before->>'status' as was_status, (j.before->>'version')::integer as was_version,
       coalesce(n.before->'value', r.value) as "is", coalesce(n.before->>'status', r.status) as is_status,
       coalesce((n.before->>'version')::integer, r.version) as is_version, j.transitions,
       case when j.event->>'type' in ('goal', 'exit') then j.event->>'type' end as ended,
       case when j.event->>'type' = 'exit' then j.event->'data'->>'event' end as ended_by,
       count(*)::integer as n, sum((extract(epoch from j.at) * 1000)::bigint)::text as moments
     from ${schema}._journal j join ${schema}._run r on r.id = j.run
       left join ${schema}._journal n on n.run = j.run and n.revision = j.revision + 1
     where ${where} group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10`,
    [...parameters],
  );
  const sums = new Sums();
  const documents = await versionsOf(db, schema);
  for (const it of steps as Alike[]) {
    const anchor = model.workflows.get(it.workflow)?.meta.id;
    const of = (version: number | null) => anchor && documentAt(documents.get(anchor) ?? [], version ?? it.is_version);
    const [old, document] = [of(it.was_version), of(it.is_version)];
    if (!anchor || !old || !document) continue;
    const before: Stood | undefined = it.was_status === null ? undefined : { value: it.was, status: it.was_status };
    const after = stoodIn(document, { value: it.is, status: it.is_status });
    const passage = passageOf(document, stoodIn(old, before), after, it.transitions);
    const event = { type: it.ended ?? "", data: { event: it.ended_by } };
    const whole = endingOf(it.was_status ?? undefined, it.is_status, event);
    sums.add(anchor, passage, [...it.transitions, ...whole], { n: it.n, moments: BigInt(it.moments) });
  }
  return sums.rows;
}

interface Version {
  readonly version: number;
  readonly body: WorkflowDocument;
}

/** The versions of all workflows, by `meta.id`, the newest first. */
async function versionsOf(db: Queryable, schema: string): Promise<ReadonlyMap<string, readonly Version[]>> {
  const found = await db.query(`select version, body from ${schema}._workflow_version order by version desc`);
  return Map.groupBy(found.rows as Version[], ({ body }) => body.meta.id);
}

/** The document as it was in a version: a version that did not change it keeps no copy. */
const documentAt = (versions: readonly Version[], version: number) =>
  (versions.find((it) => it.version <= version) ?? versions.at(-1))?.body;

async function readAll(db: Queryable, schema: string): Promise<Tallies> {
  const { rows: sums } = await db.query(
    `select workflow, counted, sum(entered)::text as entered, sum(exited)::text as exited, sum(moments)::text as moments
     from ${schema}._passage where workflow <> '' group by workflow, counted`,
  );
  type Row = Readonly<Record<"workflow" | "counted" | "entered" | "exited" | "moments", string>>;
  const pairs = (sums as Row[]).map(({ workflow, counted, entered, exited, moments }) => {
    const tally = { entered: Number(entered), exited: Number(exited), moments: BigInt(moments) };
    return [`${workflow} ${counted}`, tally] as const;
  });
  return new Map(pairs);
}

/** The counters of one workflow as they stand, by the `meta.id` of states and transitions. */
export async function readPassages(db: Queryable, schema: string, anchor: string): Promise<Tallies> {
  const all = await readAll(db, schema);
  const own = [...all].filter(([key]) => key.startsWith(`${anchor} `));
  return new Map(own.map(([key, tally]) => [key.slice(anchor.length + 1), tally]));
}

/** What the counters are short of; nothing where they say what the journal does. */
async function shortOf(db: Queryable, { schema, model }: Counting): Promise<Tallies> {
  const [kept, told] = [await readAll(db, schema), await recount(db, schema, model, { where: "true", parameters: [] })];
  const anchors = new Set([...model.workflows.values()].map(({ meta }) => meta.id));
  const differences = [...new Set([...kept.keys(), ...told.keys()])]
    .filter((key) => anchors.has(anchorIn(key)) && !key.includes(` ${mailsCounted}`))
    .map((key) => [key, less(told.get(key) ?? none, kept.get(key) ?? none)] as const);
  return new Map(differences.filter(([, difference]) => !isNone(difference)));
}

const anchorIn = (key: string) => key.slice(0, key.indexOf(" "));

/**
 * The workflows whose counters say something else than the journal, by name. Asked within a transaction that sees one
 * moment, or while nobody moves a run.
 */
export async function passageDrift(db: Queryable, counting: Counting): Promise<readonly string[]> {
  const drifted = new Set([...(await shortOf(db, counting)).keys()].map(anchorIn));
  return [...counting.model.workflows.values()].flatMap(({ id, meta }) => (drifted.has(meta.id) ? [id] : []));
}

/** Counts anew what the journal tells, while nobody writes, and adds what the counters were short of. */
export async function mendPassages(workspace: Workspace, now: Date): Promise<void> {
  const { schema } = workspace;
  await transaction(workspace.pool, "bulk", async (tx) => {
    await holdModel(tx, workspace);
    const short = await shortOf(tx, workspace);
    for (const { sql, parameters } of added(schema, short, now)) await tx.query(sql, [...parameters]);
    await tx.query(`delete from ${schema}._passage where workflow = ''`);
  });
}

/** From so many rows on they are made fewer. */
const rowsMost = 2000;

/** Whether what stood before is to be counted, or rows are to be added up. */
export async function waitingPassages({ pool, schema }: Workspace): Promise<readonly string[]> {
  const { rows: found } = await pool.query(
    `select (select count(*) from ${schema}._passage where workflow = '')::integer as uncounted,
       (select count(*) from (select from ${schema}._passage limit ${rowsMost + 1}) as r)::integer as n`,
  );
  const [{ uncounted, n }] = found;
  return [...(uncounted > 0 ? ["count"] : []), ...(n > rowsMost ? ["fold"] : [])];
}

/** Counts what stood before the counters did, or makes one row of the many that steps have added to each counter. */
export async function workOnPassages(workspace: Workspace, now: Date, id: string): Promise<void> {
  if (id === "count") return mendPassages(workspace, now);
  const { pool, schema } = workspace;
  await transaction(pool, "write", async (tx) => {
    const { rows: taken } = await tx.query(
      `delete from ${schema}._passage where id in
         (select id from ${schema}._passage where workflow <> '' order by id limit ${rowsMost * 5} for update skip locked)
       returning workflow, counted, entered, exited, moments`,
    );
    const sums = new Map<string, Tally>();
    for (const { workflow, counted, entered, exited, moments } of taken) {
      const tally = { entered: Number(entered), exited: Number(exited), moments: BigInt(moments) };
      sums.set(`${workflow} ${counted}`, plus(sums.get(`${workflow} ${counted}`) ?? none, tally));
    }
    for (const { sql, parameters } of added(schema, sums, now)) await tx.query(sql, [...parameters]);
  });
}
